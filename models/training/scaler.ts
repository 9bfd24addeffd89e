import { ecgBeatInput, ecgBeatInputLength } from '../inputs/inputSchema.ts'

const { points } = ecgBeatInput
/** Features that hardly vary in the training data must not be blown up. */
const leastFeatureScale = 0.05
const leastFeatureVariance = 0.01

export interface Scaler {
  mean: Float32Array
  scale: Float32Array
}

/**
 * Mean of each input; one scale for all points of the shape (their relations in voltage are the signal), one for each
 * rhythm feature. In the inputs' units.
 */
export function fitScaler(inputs: readonly Float32Array[]): Scaler {
  const mean = averages(inputs, (input, i) => input[i]!)
  const variance = averages(inputs, (input, i) => (input[i]! - mean[i]!) ** 2)
  const shapeScale = Math.sqrt(average(variance.subarray(0, points)))
  const scale = variance.map((v, i) => (i < points ? shapeScale : Math.max(leastFeatureScale, Math.sqrt(v))))
  return { mean: Float32Array.from(mean), scale: Float32Array.from(scale) }
}

export function applyScaler({ mean, scale }: Scaler, input: Float32Array): Float32Array {
  return input.map((value, i) => (value - mean[i]!) / scale[i]!)
}

/**
 * What a squared error counts in the score, which is about 1 on average over the training data: the shape half, against
 * its mean residual variance; prematurity half, against its own. The other rhythm features tell the network in what
 * rhythm a beat stands, and count nothing: they stay odd for several beats after a premature one. Chosen in
 * cross-validation over persons, see README.md.
 */
export function fitWeights(residuals: readonly Float32Array[]): Float32Array {
  const variance = averages(residuals, (residual, i) => residual[i]! ** 2)
  const shapeVariance = average(variance.subarray(0, points))
  const weights = new Float32Array(ecgBeatInputLength).fill(1 / (2 * points * shapeVariance), 0, points)
  weights[points] = 1 / (2 * Math.max(leastFeatureVariance, variance[points]!))
  return weights
}

function averages(rows: readonly Float32Array[], value: (row: Float32Array, i: number) => number): Float64Array {
  const sums = new Float64Array(ecgBeatInputLength)
  for (const row of rows) for (let i = 0; i < sums.length; i++) sums[i]! += value(row, i)
  return sums.map((sum) => sum / rows.length)
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
