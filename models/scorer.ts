import type { Reconstructor } from './engine/network.ts'
import type { InputSegment } from './inputs/inputSchema.ts'

/** What a scorer needs beside the model; each array has one value an input. */
export interface Scoring {
  /** Subtracted from an input … */
  mean: Float32Array
  /** … and then divided by; for both the model's input and the target of its reconstruction. */
  scale: Float32Array
  /** What a squared reconstruction error counts in the score. */
  weight: Float32Array
  /** Parts of an input by which a score is explained; together they cover it exactly. */
  segments: readonly InputSegment[]
  /** Share of the weight that must have been measured; with less there is no score. */
  leastMeasured?: number
}

/** Beyond this, either way, a model sees no difference: it cannot follow a value that is far from all it has learnt. */
export const mostSeen = 20

export interface Score {
  /** Weighted squared reconstruction error; higher is more anomalous, about 1 on what was learnt from. */
  score: number
  /** Share of the score by segment; sums to it. */
  attribution: Record<string, number>
  /** By segment: whether what was measured lies mostly above or below what the model would expect. */
  direction: Record<string, 'higher' | 'lower'>
}

/** Term of a score: a model, and what its error counts. Several terms for adversarial autoencoders. */
export interface ScoreTerm {
  model: Reconstructor
  share: number
}

/**
 * Scores windows against what a model would expect in their place. A missing value (NaN) reaches the model as the mean and
 * counts nothing; what was measured then counts as much more as is missing.
 */
export class Scorer {
  private readonly terms: readonly ScoreTerm[]
  private readonly scoring: Scoring
  private readonly totalWeight: number
  private readonly scaled: Float32Array
  /** What the model is shown of `scaled`. */
  private readonly shown: Float32Array
  private readonly missing: Uint8Array
  private anyMissing = false
  private readonly output: Float32Array

  /** @throws RangeError where the sizes of models, scaler and segments do not fit together. */
  constructor(terms: readonly ScoreTerm[], scoring: Scoring) {
    checkSizes(terms, scoring)
    this.terms = terms
    this.scoring = scoring
    this.totalWeight = scoring.weight.reduce((sum, weight) => sum + weight, 0)
    this.scaled = new Float32Array(scoring.mean.length)
    this.shown = new Float32Array(scoring.mean.length)
    this.missing = new Uint8Array(scoring.mean.length)
    this.output = new Float32Array(scoring.mean.length)
  }

  get inputLength(): number {
    return this.scaled.length
  }

  /**
   * Undefined where too little of the window was measured to say anything, or where it is infinite: unknown is never normal.
   * @throws RangeError if the input's length is not the model's. The input is not changed.
   */
  score(input: Float32Array): Score | undefined {
    const { weight, segments, leastMeasured = 0.5 } = this.scoring
    const measured = this.scale(input)
    if (measured <= 0 || measured < leastMeasured * this.totalWeight) return undefined
    const counts = this.totalWeight / measured
    const parts = new Float64Array(segments.length)
    const signs = new Float64Array(segments.length)
    for (const { model, share } of this.terms) {
      this.expect(model)
      for (let s = 0; s < segments.length; s++) {
        const { from, to } = segments[s]!
        for (let i = from; i < to; i++) {
          if (this.missing[i]) continue
          const error = this.scaled[i]! - this.output[i]!
          const part = counts * share * weight[i]! * error * error
          parts[s]! += part
          signs[s]! += error > 0 ? part : -part
        }
      }
    }
    const attribution: Record<string, number> = {}
    const direction: Record<string, 'higher' | 'lower'> = {}
    let score = 0
    segments.forEach(({ name }, s) => {
      attribution[name] = parts[s]!
      direction[name] = signs[s]! >= 0 ? 'higher' : 'lower'
      score += parts[s]!
    })
    return Number.isFinite(score) ? { score, attribution, direction } : undefined
  }

  /** What the first model would expect in a window's place, in the input's units. */
  reconstruct(input: Float32Array): Float32Array {
    const { mean, scale } = this.scoring
    this.scale(input)
    this.expect(this.terms[0]!.model)
    return this.output.map((value, i) => value * scale[i]! + mean[i]!)
  }

  /** Leaves in `output` what a model would expect in place of the scaled window. */
  private expect(model: Reconstructor): void {
    if (this.anyMissing) model.reconstruct(this.shown, this.output, this.missing)
    else model.reconstruct(this.shown, this.output)
  }

  /** Scales into `scaled` and `shown`; returns the weight of what was measured. */
  private scale(input: Float32Array): number {
    const { scaled, shown } = this
    const { mean, scale, weight } = this.scoring
    if (input.length !== scaled.length) {
      throw new RangeError(`model input: expected ${scaled.length} values, received ${input.length}`)
    }
    let measured = 0
    this.anyMissing = false
    for (let i = 0; i < scaled.length; i++) {
      const missing = Number.isNaN(input[i]!)
      const value = missing ? 0 : (input[i]! - mean[i]!) / scale[i]!
      scaled[i] = value
      shown[i] = Math.min(mostSeen, Math.max(-mostSeen, value))
      this.missing[i] = missing ? 1 : 0
      if (missing) this.anyMissing = true
      else measured += weight[i]!
    }
    return measured
  }
}

function checkSizes(terms: readonly ScoreTerm[], { mean, scale, weight, segments }: Scoring): void {
  const expect = (what: string, expected: number, received: number) => {
    if (expected !== received) throw new RangeError(`${what}: expected ${expected}, received ${received}`)
  }
  terms.forEach(({ model }, t) => expect(`values of model ${t}`, mean.length, model.length))
  expect('scaler.scale', mean.length, scale.length)
  expect('scaler.weight', mean.length, weight.length)
  let covered = 0
  for (const { name, from, to } of segments) {
    expect(`segment ${name}.from`, covered, from)
    covered = to
  }
  expect('end of the last segment', mean.length, covered)
}
