import { BiquadCascade, butterworthSections } from './biquad.ts'

/** Named in every bundle: a model trained behind another filter does not run. */
export const ecgFilterId = 'butterworth-0.5-40Hz-order-2-4/1'

/** Rates for which the filter is made; the low-pass needs its corner below half the rate. */
export const ecgRateRange = { minHz: 100, maxHz: 1000 } as const

/**
 * The band-pass in front of training and edge alike: 0.5 Hz (2nd order) takes out baseline wander and leaves ST and T,
 * 40 Hz (4th order) takes out mains and muscle, and serves as the anti-alias filter for 125 Hz.
 * @throws RangeError outside 100 to 1000 Hz.
 */
export function createEcgFilter(rateHz: number): BiquadCascade {
  if (!(rateHz >= ecgRateRange.minHz && rateHz <= ecgRateRange.maxHz)) {
    throw new RangeError(`ecg rateHz: expected ${ecgRateRange.minHz} to ${ecgRateRange.maxHz}, received ${rateHz}`)
  }
  return new BiquadCascade([
    ...butterworthSections('high-pass', 2, 0.5, rateHz),
    ...butterworthSections('low-pass', 4, 40, rateHz),
  ])
}
