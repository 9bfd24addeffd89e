import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { TimedRecord } from '../timedRecord.ts'
import type { FaultCounts } from './timedFrame.ts'

export interface ClockStep {
  /** When, µs since the device's first start. */
  atMicros: number
  /** Ends with a restart, where it is the ticks'. */
  untilMicros: number
  /** Forward, or back where negative. */
  byMicros: number
  /** `time-of-day`: somebody sets the device's clock. `ticks`: a fault of the firmware, as ticks must never be set. */
  of: 'time-of-day' | 'ticks'
}

/** From `atMicros` on, ticks or the time of day are off by `byMicros`; neither falls below 0. Counts `changed` records. */
export function* clockStep(
  records: Iterable<TimedRecord>,
  { atMicros, untilMicros, byMicros, of }: ClockStep,
  counts: FaultCounts,
): Generator<TimedRecord, void, undefined> {
  counts['changed'] = 0
  for (const timed of records) {
    const { record } = timed
    // A block that is full at the step was filled before it.
    const after = record.kind === 'samples' ? timed.atMicros > atMicros : timed.atMicros >= atMicros
    if (!after || timed.atMicros >= untilMicros || (of === 'time-of-day' && record.kind !== 'time')) {
      yield timed
      continue
    }
    counts['changed']++
    yield { ...timed, record: stepped(record, byMicros, of) }
  }
}

function stepped(record: WireRecord, byMicros: number, of: ClockStep['of']): WireRecord {
  if (of === 'ticks') return { ...record, tick: Math.max(0, record.tick + byMicros) }
  return record.kind === 'time' ? { ...record, epochMicros: Math.max(0, record.epochMicros + byMicros) } : record
}
