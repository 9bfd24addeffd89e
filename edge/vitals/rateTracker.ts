import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'

export interface RateTrackerSettings {
  /** Rates a minute that are told apart. */
  from: number
  to: number
  step: number
  /** Mean size of a change between two looks, in rates a minute: Laplace distributed. */
  change: number
  /** Share of the belief that may lie anywhere at the next look. */
  lost: number
  /** How sharply a look's evidence, 0 to 1 a rate, weighs: `exp(sharpness · evidence)`. */
  sharpness: number
  /** Around the most likely rate, in rates a minute: the estimate is the mean within, the belief within its confidence. */
  within: number
}

export interface RateEstimate {
  perMinute: number
  /** Belief that the rate lies within `within` of the estimate, 0 to 1. */
  confidence: number
}

/**
 * Follows a rate (of heart or breath) through looks that may each be deceived: the forward filter of a hidden Markov model over
 * a grid of rates (Rabiner, Proc. IEEE 77(2), 1989). Causal; nothing is taken back.
 */
export class RateTracker {
  readonly rates: Float64Array
  private readonly settings: RateTrackerSettings
  private readonly keep: number
  private readonly belief: Float64Array
  private readonly moved: Float64Array

  constructor(settings: RateTrackerSettings) {
    const count = Math.round((settings.to - settings.from) / settings.step) + 1
    this.settings = settings
    this.keep = Math.exp(-settings.step / settings.change)
    this.rates = Float64Array.from({ length: count }, (_, i) => settings.from + i * settings.step)
    this.belief = new Float64Array(count).fill(1 / count)
    this.moved = new Float64Array(count)
  }

  /** Time passes by one look. @param evidence 0 to 1 for each rate; undefined: nothing could be seen. */
  look(evidence: Float64Array | undefined): void {
    const { belief, moved, keep, settings } = this
    const count = belief.length
    // Convolution with a Laplace distribution as two passes of a one-pole filter.
    let carried = 0
    for (let i = 0; i < count; i++) moved[i] = carried = belief[i]! + keep * carried
    carried = 0
    for (let i = count - 1; i >= 0; i--) {
      moved[i]! += carried
      carried = keep * (belief[i]! + carried)
    }
    let total = 0
    for (let i = 0; i < count; i++) total += moved[i]!
    let sum = 0
    for (let i = 0; i < count; i++) {
      const prior = (moved[i]! / total) * (1 - settings.lost) + settings.lost / count
      belief[i] = evidence === undefined ? prior : prior * Math.exp(settings.sharpness * (evidence[i]! - 1))
      sum += belief[i]!
    }
    for (let i = 0; i < count; i++) belief[i]! /= sum
  }

  estimate(): RateEstimate {
    const { belief, rates, settings } = this
    let best = 0
    for (let i = 1; i < belief.length; i++) if (belief[i]! > belief[best]!) best = i
    const reach = Math.round(settings.within / settings.step)
    let [sum, confidence] = [0, 0]
    for (let i = Math.max(0, best - reach); i <= Math.min(belief.length - 1, best + reach); i++) {
      sum += belief[i]! * rates[i]!
      confidence += belief[i]!
    }
    return { perMinute: sum / confidence, confidence }
  }

  reset(): void {
    this.belief.fill(1 / this.belief.length)
  }

  snapshot(): string {
    return encodeFloat64(this.belief)
  }

  restore(snapshot: string): void {
    decodeFloat64(snapshot, this.belief, 'rateTracker.belief')
  }
}
