import type { ScoreTerm } from '../scorer.ts'

/** An input that is reconstructed better than this share of the mean error counts no more for it. */
const leastShareOfError = 0.05

export interface ScoreWeighting {
  /** What inputs count relative to each other. */
  inputWeights: Float32Array
  /** `by residual`: an input's squared error counts against its own mean; `even`: against the mean of all. */
  weighting: 'even' | 'by residual'
  /** Whether a model that keeps its windows must judge each by the others, the windows being those. */
  leaveOneOut: boolean
}

/**
 * What squared errors must count so that the score is about 1 on average over some windows: those held out if there are any.
 * @param windows scaled; NaN where a value is missing.
 */
export function fitScoreWeights(
  terms: readonly ScoreTerm[],
  windows: readonly Float32Array[],
  { inputWeights, weighting, leaveOneOut }: ScoreWeighting,
): Float32Array {
  const errors = squaredErrors(terms, windows, leaveOneOut)
  const total = inputWeights.reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0)) throw new RangeError(`inputWeights: expected some above 0, received a sum of ${total}`)
  const mean = errors.reduce((sum, error, i) => sum + inputWeights[i]! * error, 0) / total
  // Where all is reconstructed exactly, any error is large.
  const least = Math.max(leastShareOfError * mean, 1e-6)
  return inputWeights.map((weight, i) => {
    const usual = weighting === 'even' ? mean : errors[i]!
    return weight / (total * Math.max(usual, least))
  })
}

/** By input, over what was measured. */
function squaredErrors(
  terms: readonly ScoreTerm[],
  windows: readonly Float32Array[],
  leaveOneOut: boolean,
): Float64Array {
  const inputs = terms[0]!.model.length
  const sums = new Float64Array(inputs)
  const counts = new Float64Array(inputs)
  const output = new Float32Array(inputs)
  windows.forEach((window, w) => {
    const missing = Uint8Array.from(window, (value) => (Number.isNaN(value) ? 1 : 0))
    const shown = window.map((value) => (Number.isNaN(value) ? 0 : value))
    const any = missing.includes(1)
    for (const { model, share } of terms) {
      const judge = leaveOneOut && model.without ? model.without(w) : model
      if (any) judge.reconstruct(shown, output, missing)
      else judge.reconstruct(shown, output)
      for (let i = 0; i < inputs; i++) if (!missing[i]) sums[i]! += share * (shown[i]! - output[i]!) ** 2
    }
    for (let i = 0; i < inputs; i++) if (!missing[i]) counts[i]!++
  })
  return sums.map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : 0))
}
