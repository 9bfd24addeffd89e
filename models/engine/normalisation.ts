/** A batch normalisation with trained statistics as `x·scale + shift` for each channel. */
export interface Normalisation {
  scale: Float64Array
  shift: Float64Array
}

/** @param weights gamma, beta, moving mean, moving variance (Ioffe and Szegedy, ICML 2015). */
export function normalisationOf(weights: readonly Float32Array[], epsilon: number): Normalisation {
  const [gamma, beta, mean, variance] = weights as [Float32Array, Float32Array, Float32Array, Float32Array]
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c]! + epsilon))
  return { scale, shift: scale.map((value, c) => beta[c]! - mean[c]! * value) }
}
