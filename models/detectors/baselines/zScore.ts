import type { Reconstructor } from '../../engine/network.ts'
import type { Scaler } from '../../training/scaler.ts'
import { medianOf } from './median.ts'

/** Spreads smaller than this share of the median spread are taken for that: a value that never changed says little. */
const leastShareOfSpread = 0.05
/** Median absolute deviation of a normal distribution to its standard deviation. */
const deviations = 1.4826

/** Expects every window to be the usual one: with a scaler of medians and spreads the score is a robust z-score. */
export function usual(length: number): Reconstructor {
  return {
    length,
    reconstruct(_window, out) {
      out.fill(0)
    },
  }
}

/**
 * Median of each input and its spread, 1.4826 times the median absolute deviation (Iglewicz and Hoaglin, How to Detect and
 * Handle Outliers, ASQC 1993). Missing values (NaN) are left out.
 */
export function fitRobustScaler(windows: readonly Float32Array[]): Scaler {
  const length = windows[0]?.length ?? 0
  const mean = new Float32Array(length)
  const scale = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const values = windows.map((window) => window[i]!).filter((value) => !Number.isNaN(value))
    const median = medianOf(values)
    mean[i] = median ?? 0
    scale[i] = deviations * (medianOf(values.map((value) => Math.abs(value - mean[i]!))) ?? 0)
  }
  const least = leastShareOfSpread * (medianOf([...scale].filter((value) => value > 0)) ?? 1 / leastShareOfSpread)
  return { mean, scale: scale.map((value) => Math.max(value, least)) }
}
