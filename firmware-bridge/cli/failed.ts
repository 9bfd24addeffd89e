/**
 * Says in one line why a command could not do what it was rightly asked for, and makes the exit code 1. Not
 * `command.error`, which shows how to use it.
 */
export function failed(command: string, error: unknown): void {
  process.stderr.write(`${command}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
