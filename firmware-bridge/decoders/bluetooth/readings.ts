import type { NoReadingCause, Reading } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'
import type { SignalName } from '../../signals.ts'
import { signals } from '../../signals.ts'

/**
 * One value in the unit of the signal table, or the event that says why there is none. A number outside the range of the
 * signal is refused, never clipped.
 *
 * @param rateHz one value a second, about as often as the services notify, unless the value says how long it lasts
 */
export function valueReading(signal: SignalName, value: number | NoReadingCause, rateHz = 1): Reading | Refusal {
  if (typeof value === 'string') return noReading(signal, value)
  const { min, max, unit } = signals[signal]
  const rounded = Math.fround(value)
  if (!(rounded >= min && rounded <= max))
    return refuse('out-of-range', `${signal}: expected ${min} to ${max} ${unit}, received ${value}`)
  return { kind: 'samples', signal, rateHz, values: Float32Array.of(rounded) }
}

/** The device works and has no value of a signal. */
export const noReading = (signal: SignalName, cause: NoReadingCause): Reading => ({
  kind: 'event',
  code: 'no-reading',
  signal,
  cause,
})
