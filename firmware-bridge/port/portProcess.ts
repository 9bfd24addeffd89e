import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { Outbox } from './outbox.ts'
import { monotonicMicros, type FromPortProcess, type ToPortProcess } from './portChannel.ts'
import { serialHardware } from './portHardware.ts'
import { ReopeningPort } from './reopeningPort.ts'

/**
 * The program of a process that reads one port, so that nothing that keeps the gateway busy keeps bytes waiting in the
 * kernel, which holds only some of them. Started by `portReader.ts`; ends when that closes the channel or dies.
 */

const niceness = -10
try {
  for (const thread of threads()) setPriority(thread, niceness)
} catch {
  // Without the right to it, the ordinary priority has to do.
}

/** Linux has a priority for each thread, and those that do the reading run already. */
function threads(): number[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid]
}

// Ctrl-C reaches the whole group: it is the parent's to say when to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const longestCloseMillis = 2500
const stopping = new AbortController()
let reading: Promise<void> | undefined
let outbox: Outbox | undefined

process.on('disconnect', () => {
  stopping.abort()
  setTimeout(() => process.exit(), longestCloseMillis)
  void Promise.resolve(reading).finally(() => process.exit())
})

process.on('message', (message: ToPortProcess) => {
  if (message.kind === 'taken') return outbox?.taken(message.cost)
  const { options, takeover, limitBytes } = message
  const sending = (outbox = new Outbox(limitBytes, (item) => {
    const told: FromPortProcess = { item, at: monotonicMicros() }
    // A channel that has just closed: 'disconnect' follows.
    if (process.connected) process.send?.(told, undefined, undefined, () => undefined)
  }))
  const parts = {
    hardware: serialHardware,
    emit: sending.push.bind(sending),
    clock: { wall: () => Date.now() * 1000, monotonic: monotonicMicros },
    random: Math.random,
  }
  reading = new ReopeningPort(options, parts, takeover).run(stopping.signal)
})
