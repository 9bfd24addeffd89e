import type { Recording } from './recordings/recording.ts'
import { isoMicros } from './recordings/recordedTime.ts'

/** Time of day at tick 0 of what goes into a file and has no start of its own: the same run gives the same bytes. */
export const fixedStart = '2026-01-01T00:00:00Z'

/**
 * Time of day, integer µs since the epoch, at which the replay of a recording into a file begins: the recording's own start
 * (UTC where it names no zone), or `fixedStart` where it has none that a device can say: from 1970, and in 2^53 µs.
 */
export function writtenStartMicros({ startTime, durationSeconds }: Pick<Recording, 'startTime' | 'durationSeconds'>) {
  const own = startTime === undefined ? undefined : isoMicros(startTime)
  const canBeSaid = own !== undefined && own >= 0 && own + durationSeconds * 1e6 <= Number.MAX_SAFE_INTEGER
  return canBeSaid ? own : Date.parse(fixedStart) * 1000
}
