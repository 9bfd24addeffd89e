import { activate } from './activation.ts'
import { addProduct } from './addProduct.ts'
import type { RunStep, Step } from './step.ts'

/** `y = f(x·W + b)` for each row of channels. */
export function dense({ layer, weights, inputShape, input, output }: Step<'dense'>): RunStep {
  const [kernel, bias] = weights as [Float32Array, Float32Array]
  const channels = inputShape.at(-1)!
  const rows = input.length / channels
  const sums = new Float64Array(layer.units)
  return () => {
    for (let row = 0; row < rows; row++) {
      sums.set(bias)
      addProduct(sums, input, row * channels, channels, kernel, 0)
      activate(layer.activation, sums, output, row * layer.units)
    }
  }
}
