import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Observable } from 'rxjs'
import { BackOff } from './backOff.ts'
import { costOf } from './outbox.ts'
import { monotonicMicros, type FromPortProcess, type ToPortProcess } from './portChannel.ts'
import type { PortItem } from './portItem.ts'
import type { PortOptions } from './portOptions.ts'

export interface ReaderLimits {
  /** What may wait for this process while it is busy: 4 MiB are 45 s at 921,600 baud. */
  limitBytes?: number
}

const defaultLimitBytes = 4 * 1024 * 1024
/** What is taken is told in steps of this: a message for each chunk would double the traffic. */
const toldInSteps = 16_384
const closeMillis = 3000
const keptComplaint = 500

/**
 * A serial port as chunks and states, read by a process of its own. Opened again after unplugging, reset, error, silence or
 * the death of that process, without end: it neither completes nor fails, and closes the port when unsubscribed.
 */
export function openPort(
  options: PortOptions,
  { limitBytes = defaultLimitBytes }: ReaderLimits = {},
): Observable<PortItem> {
  return new Observable((subscriber) => {
    const backOff = new BackOff(Math.random)
    const limit = Math.max(limitBytes, 4 * toldInSteps)
    let child: ChildProcess | undefined
    let retry: NodeJS.Timeout | undefined
    let stopped = false
    /** Last byte, or last opening: what the next process needs to say how long nothing was heard; monotonic µs. */
    let heardAt: number | undefined
    let deafSince: number | undefined
    let opened = false

    const see = ({ item, at }: FromPortProcess): void => {
      if (item.kind === 'chunk') {
        backOff.reset()
        deafSince = undefined
      } else {
        if (item.detail !== undefined) deafSince ??= heardAt ?? at
        opened ||= item.connected
      }
      if (item.kind === 'chunk' || item.connected) heardAt = at
      subscriber.next(item)
    }

    const start = (): void => {
      retry = undefined
      const reader = (child = fork(portProgram(), [], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        execArgv: [],
      }))
      let complaint = ''
      let cost = 0
      reader.stderr?.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-keptComplaint)))
      reader.on('message', (message: FromPortProcess) => {
        if (stopped) return
        see(message)
        cost += costOf(message.item)
        if (cost < toldInSteps) return
        tell(reader, { kind: 'taken', cost })
        cost = 0
      })
      let over = false
      const ended = (why: string): void => {
        if (over || stopped) return
        over = true
        deafSince ??= heardAt ?? monotonicMicros()
        const said = complaint.trim().split('\n').at(-1) ?? ''
        const detail = `the process that reads the port ended (${why})${said === '' ? '' : `: ${said}`}`
        subscriber.next({ kind: 'state', connected: false, detail })
        retry = setTimeout(start, backOff.next())
      }
      reader.once('error', (error) => ended(error.message))
      reader.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`))
      tell(reader, { kind: 'read', options, takeover: { deafSince, opened }, limitBytes: limit })
    }
    start()
    return () => {
      stopped = true
      clearTimeout(retry)
      if (child !== undefined) close(child)
    }
  })
}

function tell(child: ChildProcess, message: ToPortProcess): void {
  // One that is ending cannot be told anything: 'exit' follows.
  if (child.connected) child.send(message, () => undefined)
}

/** It closes the port and ends when the channel closes; if it hangs, it is killed. */
function close(child: ChildProcess): void {
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), closeMillis)
  child.once('exit', () => clearTimeout(timer))
  // A port that takes long to close holds nobody up.
  timer.unref()
  child.unref()
}

/** Beside this file when built; Node runs no TypeScript, so that the sources too use the built program. */
function portProgram(): string {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/firmware-bridge/port/portProcess.js' : './portProcess.js'
  return fileURLToPath(new URL(built, import.meta.url))
}
