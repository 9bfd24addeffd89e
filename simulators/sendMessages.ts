import { setImmediate as nextTurn } from 'node:timers/promises'
import { microsPerSecond } from './timedRecord.ts'
import type { EncodingName } from './wire/encoding.ts'
import type { Message } from './wire/messages.ts'
import type { PaceClock, Speed } from './wire/pace.ts'
import { pacer } from './wire/pace.ts'
import type { Wire } from './wire/wire.ts'

export interface SendOptions {
  speed: Speed
  /** `frame` by default. */
  as?: EncodingName | undefined
  /** Ends the sending after the message under way; the wire should know it too, as it may be waiting for room. */
  signal?: AbortSignal | undefined
  clock?: PaceClock
  /** See `PaceOptions`. */
  leastSleepMillis?: number
  /** Called now and then with the stream time reached, in seconds, and how late it is. */
  onProgress?: (seconds: number, lagSeconds: number) => void
}

export interface Sent {
  messages: number
  records: number
  /** Values in `samples` records. */
  samples: number
  bytes: number
  /** Stream time reached, in seconds. */
  seconds: number
  /** How far behind the schedule it was at worst, seconds of wall time; 0 at full speed. */
  worstLagSeconds: number
  ended: 'complete' | 'interrupted'
}

/** How many messages may go out before other work in this process gets its turn, at full speed. */
const messagesPerTurn = 64

/** Sends each message when its time has come; does not close the wire. */
export async function sendMessages(
  messages: Iterable<Message> | AsyncIterable<Message>,
  wire: Wire,
  { speed, signal, clock, leastSleepMillis, onProgress }: SendOptions,
): Promise<Sent> {
  const { due, lagMillis } = pacer(speed, { clock, signal, leastSleepMillis })
  const sent: Sent = {
    messages: 0,
    records: 0,
    samples: 0,
    bytes: 0,
    seconds: 0,
    worstLagSeconds: 0,
    ended: 'complete',
  }
  try {
    for await (const { device, atMicros, bytes, records, samples } of messages) {
      const wait = due(atMicros)
      if (wait) await wait
      if (signal?.aborted) break
      const lagSeconds = lagMillis(atMicros) / 1000
      if (lagSeconds > sent.worstLagSeconds) sent.worstLagSeconds = lagSeconds
      await wire.send(device, bytes)
      sent.messages++
      sent.records += records
      sent.samples += samples
      sent.bytes += bytes.length
      sent.seconds = atMicros / microsPerSecond
      if (sent.messages % messagesPerTurn === 0) await nextTurn()
      onProgress?.(sent.seconds, lagSeconds)
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  }
  if (signal?.aborted) sent.ended = 'interrupted'
  return sent
}
