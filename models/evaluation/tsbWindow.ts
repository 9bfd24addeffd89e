import { autocorrelation } from '../series/autocorrelation.ts'

/** Where no peak stands out. */
const otherwise = 125
const base = 3

/**
 * TSB-AD's window of a series in points (`find_length_rank(data, rank=1)` of `TSB_AD/utils/slidingWindows.py`): the highest local
 * maximum of the autocorrelation of the first 20,000 values at lags 4 to 399; 125 where there is none from 6 to 303.
 */
export function tsbWindow(values: Float64Array): number {
  const correlation = autocorrelation(values.subarray(0, 20_000), 400)
  let best = -1
  for (let lag = base + 1; lag < correlation.length - 1; lag++) {
    const peak = correlation[lag]! > correlation[lag - 1]! && correlation[lag]! > correlation[lag + 1]!
    if (peak && (best < 0 || correlation[lag]! >= correlation[best]!)) best = lag
  }
  return best - base < 3 || best - base > 300 ? otherwise : best
}
