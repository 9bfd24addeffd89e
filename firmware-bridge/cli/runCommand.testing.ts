import { Command, CommanderError } from 'commander'
import { vi } from 'vitest'
import { registerBridgeCommands } from '../cli.ts'

export interface RanCommand {
  /** With `--json` the parsed lines. */
  lines: unknown[]
  /** What stood on standard error, without Commander's own. */
  complaints: string
  /** The code that the process would end with. */
  code: number
}

/** Runs one of the bridge's commands in this process. */
export async function runCommand(...args: string[]): Promise<RanCommand> {
  const printed: string[] = []
  let complaints = ''
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((complaints += String(text)), true))
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  registerBridgeCommands(program, (line) => printed.push(line))
  process.exitCode = undefined
  let code = 0
  try {
    await program.parseAsync(args, { from: 'user' })
    code = Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    code = error.exitCode
  } finally {
    spy.mockRestore()
    process.exitCode = undefined
  }
  return {
    lines: args.includes('--json') ? printed.map((line): unknown => JSON.parse(line)) : printed,
    complaints,
    code,
  }
}
