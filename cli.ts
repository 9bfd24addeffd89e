#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { registerCloudCommands } from './cloud/cli.ts'
import { registerEdgeCommands } from './edge/cli.ts'
import { ConfigError } from './edge/configFile.ts'
import { registerBridgeCommands } from './firmware-bridge/cli.ts'
import { registerModelCommands } from './models/cli.ts'
import { registerSimulatorCommands } from './simulators/cli.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('vital-edge')
  .description('Wearable vital-sign anomaly detection on the edge. Not a medical device.')
  .version(version)
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: true })
  // Set before the subcommands are made: they inherit it.
  .exitOverride()

for (const register of [
  registerEdgeCommands,
  registerCloudCommands,
  registerBridgeCommands,
  registerModelCommands,
  registerSimulatorCommands,
])
  register(program)

// The reader of a pipe may have seen enough (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

/** 0 done, 1 failed, 2 wrong use (of the command line or of a configuration). */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError)
    return error.code === 'commander.error' || error.exitCode === 0 ? error.exitCode : 2
  process.stderr.write(`vital-edge: ${error instanceof Error ? error.message : String(error)}\n`)
  return error instanceof ConfigError ? 2 : 1
}

try {
  const [, , name] = process.argv
  // With --help behind it, Commander would show the help of the whole program and call it done.
  if (
    name !== undefined &&
    /^[a-z]/.test(name) &&
    name !== 'help' &&
    !program.commands.some((known) => known.name() === name)
  )
    program.error(`error: unknown command '${name}'`, { exitCode: 2 })
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
