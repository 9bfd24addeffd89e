import { normalisationOf } from '../normalisation.ts'
import type { RunStep, Step } from './step.ts'

/** By trained statistics, channel by channel. */
export function batchNormalization({ layer, weights, input, output }: Step<'batchNormalization'>): RunStep {
  const { scale, shift } = normalisationOf(weights, layer.epsilon)
  return () => {
    for (let i = 0; i < input.length;) {
      for (let c = 0; c < scale.length; c++, i++) output[i] = input[i]! * scale[c]! + shift[c]!
    }
  }
}
