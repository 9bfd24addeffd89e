import { samePadding } from '../samePadding.ts'
import { activate } from './activation.ts'
import { addProduct } from './addProduct.ts'
import type { RunStep, Step } from './step.ts'

/** Cross-correlation along the steps, padded with zeros to keep their number (divided by the stride). */
export function conv1d({ layer, weights, inputShape, input, output }: Step<'conv1d'>): RunStep {
  const [kernel, bias] = weights as [Float32Array, Float32Array]
  const [steps, channels] = inputShape as [number, number]
  const { filters, kernelSize, strides } = layer
  const { left } = samePadding(steps, kernelSize, strides)
  const sums = new Float64Array(filters)
  return () => {
    for (let out = 0, start = -left; out < output.length; out += filters, start += strides) {
      const first = Math.max(start, 0)
      const end = Math.min(start + kernelSize, steps)
      sums.set(bias)
      addProduct(sums, input, first * channels, (end - first) * channels, kernel, (first - start) * channels)
      activate(layer.activation, sums, output, out)
    }
  }
}
