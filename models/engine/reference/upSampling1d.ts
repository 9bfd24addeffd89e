import type { RunStep, Step } from './step.ts'

/** Each step several times. */
export function upSampling1d({ layer, inputShape, input, output }: Step<'upSampling1d'>): RunStep {
  const [steps, channels] = inputShape as [number, number]
  return () => {
    for (let t = 0, out = 0; t < steps; t++) {
      for (let copy = 0; copy < layer.size; copy++) {
        for (let c = 0; c < channels; c++) output[out++] = input[t * channels + c]!
      }
    }
  }
}
