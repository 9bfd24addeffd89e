import type { RunStep, Step } from './step.ts'

/** The same values for every step. */
export function repeatVector({ layer, input, output }: Step<'repeatVector'>): RunStep {
  return () => {
    for (let t = 0; t < layer.times; t++) output.set(input, t * input.length)
  }
}
