import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Sink, Stored } from '../messages.ts'
import type { CommandSinkConfig } from './sinkSchema.ts'

/** Of what the program says, for the message of a failure, characters. */
const saidAtMost = 200

/**
 * Runs a program for each alarm revision, one at a time, with the alarm's JSON on its standard input; exit code 0 confirms, any other
 * is tried again. A program that takes too long is killed with all that it has started.
 */
export function commandSink({ name, fromLevel, audience, command, timeoutSeconds }: CommandSinkConfig): Sink {
  let running: ChildProcess | undefined
  let stopped = false
  const run = async (item: Extract<Stored, { kind: 'alarm' }>): Promise<void> => {
    if (stopped) throw new Error('the gateway is stopping')
    const [program = '', ...args] = command
    // A process group of its own, so that its children can be ended with it.
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], detached: true })
    running = child
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-saidAtMost)))
    // A program that does not read its input is no error: its exit code counts.
    child.stdin.on('error', () => undefined)
    child.stdin.end(JSON.stringify(item.alarm))
    let late = false
    const timer = setTimeout(() => {
      late = true
      killGroup(child)
    }, timeoutSeconds * 1000)
    try {
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      if (late) throw new Error(`${program}: expected an end within ${timeoutSeconds} s, received none`)
      if (code !== 0) throw new Error(`${program}: expected exit code 0, received ${code ?? signal}: ${said.trim()}`)
    } finally {
      clearTimeout(timer)
      running = undefined
    }
  }
  return {
    name,
    takes: 'alarms',
    fromLevel,
    ...(audience === 'people' && { audience }),
    maxItems: 1,
    async write(items) {
      for (const item of items) if (item.kind === 'alarm') await run(item)
    },
    stop() {
      stopped = true
      if (running !== undefined) killGroup(running)
      return Promise.resolve()
    },
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
