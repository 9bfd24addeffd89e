import { setImmediate as nextTurn } from 'node:timers/promises'
import { encodeFrame } from '../firmware-bridge/frame.ts'
import { microsPerSecond } from './timedRecord.ts'
import type { TimedRecord } from './timedRecord.ts'
import type { PaceClock, Speed } from './wire/pace.ts'
import { pacer } from './wire/pace.ts'
import type { Wire } from './wire/wire.ts'

/** A record of one of several devices. */
export interface DeviceRecord extends TimedRecord {
  device: string
}

export interface SendOptions {
  speed: Speed
  /** Ends the sending after the record under way; the wire should know it too, as it may be waiting for room. */
  signal?: AbortSignal | undefined
  clock?: PaceClock
  /** Called now and then with the stream time reached, in seconds. */
  onProgress?: (seconds: number) => void
}

export interface Sent {
  records: number
  /** Values in `samples` records. */
  samples: number
  bytes: number
  /** Stream time reached, in seconds. */
  seconds: number
  ended: 'complete' | 'interrupted'
}

/** How many records may go out before other work in this process gets its turn, at full speed. */
const recordsPerTurn = 256

/** Encodes records and sends each when its time has come; does not close the wire. */
export async function sendRecords(
  records: Iterable<DeviceRecord> | AsyncIterable<DeviceRecord>,
  wire: Wire,
  { speed, signal, clock, onProgress }: SendOptions,
): Promise<Sent> {
  const due = pacer(speed, clock, signal)
  const sent: Sent = { records: 0, samples: 0, bytes: 0, seconds: 0, ended: 'complete' }
  try {
    for await (const { device, record, atMicros } of records) {
      const wait = due(atMicros)
      if (wait) await wait
      if (signal?.aborted) break
      const frame = encodeFrame(record)
      await wire.send(device, frame)
      sent.records++
      sent.bytes += frame.length
      if (record.kind === 'samples') sent.samples += record.values.length
      sent.seconds = atMicros / microsPerSecond
      if (sent.records % recordsPerTurn === 0) await nextTurn()
      onProgress?.(sent.seconds)
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  }
  if (signal?.aborted) sent.ended = 'interrupted'
  return sent
}
