import type { RunStep, Step } from './step.ts'

/** The same values in the same order. */
export function reshape({ input, output }: Step<'reshape'>): RunStep {
  return () => output.set(input)
}
