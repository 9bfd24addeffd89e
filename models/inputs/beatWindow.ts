import { ecgBeatInput } from './inputSchema.ts'

const { points, pointsBefore, rateHz: windowRateHz } = ecgBeatInput
const amplitudePoints = Math.round(0.1 * windowRateHz)
const noiseBlock = 8

/** Samples at the stream's rate that a window needs before and after its R peak, with two for the interpolation. */
export function windowReach(rateHz: number): { before: number; after: number } {
  return {
    before: Math.ceil((pointsBefore * rateHz) / windowRateHz) + 2,
    after: Math.ceil(((points - 1 - pointsBefore) * rateHz) / windowRateHz) + 2,
  }
}

/**
 * Fills `out` (mV) with the beat around `peak`, resampled to 125 Hz by Catmull-Rom interpolation; the 40 Hz low-pass before
 * has already removed what 125 Hz cannot hold. `ring` has sample i at `i & mask`.
 */
export function resampleWindow(
  ring: Float32Array,
  mask: number,
  peak: number,
  rateHz: number,
  out: Float32Array,
): void {
  const step = rateHz / windowRateHz
  for (let k = 0; k < points; k++) {
    const position = peak + (k - pointsBefore) * step
    const i = Math.floor(position)
    const t = position - i
    const [a, b, c, d] = [ring[(i - 1) & mask]!, ring[i & mask]!, ring[(i + 1) & mask]!, ring[(i + 2) & mask]!]
    out[k] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
  }
}

/** Height of the QRS complex, highest to lowest point within 0.1 s of the R peak, in the window's unit. */
export function qrsAmplitude(window: Float32Array): number {
  let [high, low] = [-Infinity, Infinity]
  for (let k = pointsBefore - amplitudePoints; k <= pointsBefore + amplitudePoints; k++) {
    high = Math.max(high, window[k]!)
    low = Math.min(low, window[k]!)
  }
  return high - low
}

/**
 * Noise power of a window in its unit squared: variance about a straight line in blocks of 64 ms, the median block taken.
 * P, QRS and T fill the minority of the blocks, so neither their shape nor their rhythm counts as noise.
 */
export function noisePower(window: Float32Array): number {
  const powers = new Float64Array(points / noiseBlock)
  for (let block = 0; block < powers.length; block++) powers[block] = detrendedVariance(window, block * noiseBlock)
  powers.sort()
  return powers[powers.length >> 1]!
}

function detrendedVariance(values: Float32Array, from: number): number {
  const middle = (noiseBlock - 1) / 2
  let [sum, squares, slope, spread] = [0, 0, 0, 0]
  for (let i = 0; i < noiseBlock; i++) {
    const value = values[from + i]!
    sum += value
    squares += value * value
    slope += (i - middle) * value
    spread += (i - middle) * (i - middle)
  }
  return Math.max(0, squares - (sum * sum) / noiseBlock - (slope * slope) / spread) / noiseBlock
}
