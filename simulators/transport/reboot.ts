import type { HelloRecord, TimeRecord } from '../../firmware-bridge/records.ts'
import type { TimedRecord } from '../timedRecord.ts'
import type { FaultCounts } from './timedFrame.ts'

export interface Reboot {
  /** When the device stops, and when it is up again, µs since its first start. */
  atMicros: number
  upMicros: number
  bootId: number
  /** Gets `lost` records. */
  counts: FaultCounts
}

/**
 * The device restarts: what it would have sent until it is up again is lost, a block that was being filled as well; then a
 * new boot id, tick and sequence from 0, and the hello (and time of day) that a device begins with. `reboots` in order of
 * time, none within another.
 */
export function* reboot(
  records: Iterable<TimedRecord>,
  reboots: readonly Reboot[],
): Generator<TimedRecord, void, undefined> {
  for (const { counts } of reboots) counts['lost'] = 0
  let hello: HelloRecord | undefined
  let time: TimeRecord | undefined
  let boots = 0
  let current: Reboot | undefined
  let greeted = false
  /** What is taken off the sequence number that the record had. */
  let numberedBefore = 0
  for (const timed of records) {
    const { record } = timed
    // A block is due when its last sample is there; what is due at the very stop is not sent any more.
    for (let next = reboots[boots]; next !== undefined && timed.atMicros >= next.atMicros; next = reboots[++boots]) {
      current = next
      greeted = false
    }
    if (record.kind === 'hello') hello = record
    if (record.kind === 'time') time = record
    if (current === undefined) {
      yield timed
      continue
    }
    const { upMicros, bootId, counts } = current
    if (record.tick < upMicros) {
      counts['lost'] = (counts['lost'] ?? 0) + 1
      continue
    }
    if (!greeted) {
      greeted = true
      let sequence = 0
      const header = () => ({ bootId, tick: 0, sequence: sequence++ })
      if (hello) yield { atMicros: upMicros, record: { ...hello, ...header() } }
      if (time) {
        const epochMicros = time.epochMicros + upMicros - time.tick
        yield { atMicros: upMicros, record: { ...time, ...header(), epochMicros } }
      }
      numberedBefore = record.sequence - sequence
    }
    const sequence = (record.sequence - numberedBefore) >>> 0
    yield { ...timed, record: { ...record, bootId, tick: record.tick - upMicros, sequence } }
  }
}
