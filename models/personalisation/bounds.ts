export interface Bounds {
  /** Norm of the change over that of the anchor's parameters. */
  mostWeights: number
  /** Least share of the anchor's scores that the probes must keep. */
  leastProbes: number
}

export interface Bounded {
  parameters: Float32Array<ArrayBuffer>
  /** Share of the change that is left. */
  step: number
  weights: number
  probes: number
}

const shorter = 0.85
const leastStep = 0.02

/**
 * Goes from the anchor towards tuned parameters as far as the bounds allow, and not at all if that is hardly anything.
 * @param kept the least share of the anchor's scores that the probes keep under some parameters; at least `leastProbes`
 *   under the anchor's own.
 */
export function boundedStep(
  anchor: Float32Array,
  tuned: Float32Array,
  kept: (parameters: Float32Array) => number,
  { mostWeights, leastProbes }: Bounds,
): Bounded {
  const length = norm(anchor)
  const whole = norm(tuned.map((value, i) => value - anchor[i]!)) / (length > 0 ? length : 1)
  for (let step = Math.min(1, mostWeights / whole); step >= leastStep; step *= shorter) {
    const parameters = between(anchor, tuned, step)
    const probes = kept(parameters)
    if (probes >= leastProbes) return { parameters, step, weights: step * whole, probes }
  }
  return { parameters: Float32Array.from(anchor), step: 0, weights: 0, probes: kept(anchor) }
}

function between(from: Float32Array, to: Float32Array, step: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(from, (value, i) => (step === 1 ? to[i]! : value + step * (to[i]! - value)))
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
}
