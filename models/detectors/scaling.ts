import { mostSeen } from '../scorer.ts'
import type { Scaler } from '../training/scaler.ts'

/** Inputs whose spread is smaller than this share of the widest are not blown up further. */
const leastShareOfSpread = 0.05

/**
 * Mean and standard deviation of each input; or one for all inputs of a channel, so that their relations in the signal's units
 * are kept. Missing values (NaN) are left out.
 * @param channels equally long parts of a window, one after another.
 */
export function fitStandardScaler(
  windows: readonly Float32Array[],
  channels: number,
  scaling: 'each channel' | 'each input',
): Scaler {
  const length = windows[0]?.length ?? 0
  const mean = averages(windows, (value) => value)
  const variance = averages(windows, (value, i) => (value - mean[i]!) ** 2)
  const steps = length / channels
  const scale = Float32Array.from(variance, (own, i) => {
    const from = Math.floor(i / steps) * steps
    const channel = variance.subarray(from, from + steps)
    if (scaling === 'each channel') return Math.sqrt(average(channel)) || 1
    return Math.max(Math.sqrt(own), leastShareOfSpread * Math.sqrt(Math.max(...channel))) || 1
  })
  return { mean: Float32Array.from(mean), scale }
}

/** As a scorer shows a window to a model, but missing values stay NaN. */
export function scaleWindow({ mean, scale }: Scaler, window: Float32Array): Float32Array {
  return window.map((value, i) => Math.min(mostSeen, Math.max(-mostSeen, (value - mean[i]!) / scale[i]!)))
}

/** By input, over what was measured; 0 where nothing was. */
function averages(rows: readonly Float32Array[], of: (value: number, i: number) => number): Float64Array {
  const sums = new Float64Array(rows[0]?.length ?? 0)
  return sums.map((_, i) => {
    let [sum, count] = [0, 0]
    for (const row of rows) {
      if (Number.isNaN(row[i]!)) continue
      sum += of(row[i]!, i)
      count++
    }
    return count > 0 ? sum / count : 0
  })
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
