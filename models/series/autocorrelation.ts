/**
 * Autocorrelation at lags 0 to `lags`, each sum divided by that at lag 0 (the biased estimate: Box, Jenkins and Reinsel, Time
 * Series Analysis, 1994, as `statsmodels.tsa.stattools.acf` has it). Of a series without variance 1 at lag 0, else 0.
 * @param lags at most so many; a shorter series has one less than values.
 */
export function autocorrelation(values: ArrayLike<number>, lags: number): Float64Array {
  const { length } = values
  let mean = 0
  for (let i = 0; i < length; i++) mean += values[i]! / length
  const centred = Float64Array.from(values, (value) => value - mean)
  const out = new Float64Array(Math.max(0, Math.min(lags, length - 1)) + 1)
  for (let lag = 0; lag < out.length; lag++) {
    let sum = 0
    for (let i = lag; i < length; i++) sum += centred[i]! * centred[i - lag]!
    out[lag] = sum
  }
  const [power] = out as unknown as [number]
  return out.map((sum, lag) => (lag === 0 ? 1 : power > 0 ? sum / power : 0))
}
