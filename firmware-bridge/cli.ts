import type { Command } from 'commander'
import { registerDecode } from './cli/decode.ts'
import { registerPorts } from './cli/ports.ts'
import { registerRecord } from './cli/record.ts'

/** Adds `decode`, `ports` and `record` to `program`. `write` takes whole lines. */
export function registerBridgeCommands(
  program: Command,
  write: (line: string) => void = (line) => process.stdout.write(line),
): void {
  registerDecode(program, write)
  registerPorts(program, write)
  registerRecord(program, write)
}
