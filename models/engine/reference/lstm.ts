import { addProduct } from './addProduct.ts'
import type { RunStep, Step } from './step.ts'

/** Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers et al. 2000); begins at zero. */
export function lstm({ layer, weights, inputShape, input, output }: Step<'lstm'>): RunStep {
  const [kernel, recurrent, bias] = weights as [Float32Array, Float32Array, Float32Array]
  const [steps, channels] = inputShape as [number, number]
  const { units, returnSequences } = layer
  const sums = new Float64Array(4 * units)
  const cell = new Float64Array(units)
  const hidden = new Float32Array(units)
  return () => {
    cell.fill(0)
    hidden.fill(0)
    for (let t = 0; t < steps; t++) {
      sums.set(bias)
      addProduct(sums, input, t * channels, channels, kernel, 0)
      addProduct(sums, hidden, 0, units, recurrent, 0)
      for (let u = 0; u < units; u++) {
        const enter = 1 / (1 + Math.exp(-sums[u]!))
        const keep = 1 / (1 + Math.exp(-sums[units + u]!))
        const leave = 1 / (1 + Math.exp(-sums[3 * units + u]!))
        cell[u] = keep * cell[u]! + enter * Math.tanh(sums[2 * units + u]!)
        hidden[u] = leave * Math.tanh(cell[u]!)
      }
      if (returnSequences) output.set(hidden, t * units)
    }
    if (!returnSequences) output.set(hidden)
  }
}
