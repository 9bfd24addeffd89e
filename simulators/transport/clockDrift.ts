import type { TimedRecord } from '../timedRecord.ts'

/**
 * A crystal that is fast by `ppm` (slow where negative). Sampling, ticks and time of day hang on the same crystal, so the
 * records stay as they are; what drifts is when they come: after one true second, 1 + ppm/10^6 seconds of stream are there.
 */
export function* clockDrift(records: Iterable<TimedRecord>, ppm: number): Generator<TimedRecord, void, undefined> {
  for (const timed of records) yield { ...timed, atMicros: trueMicros(timed.atMicros, ppm) }
}

/** True time since the device's start at which its own clock shows `deviceMicros`. */
export function trueMicros(deviceMicros: number, ppm: number): number {
  return Math.round(deviceMicros / (1 + ppm / 1e6))
}
