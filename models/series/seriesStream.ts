import { NormalMemory } from './normalMemory.ts'
import type { FittedSeries, TermName } from './seriesDetector.ts'
import { stepsAPeriod } from './seriesPlan.ts'
import { viewWindow } from './window.ts'

/** How anomalous a step is, known some steps later. */
export interface StepScore {
  /** Counted from the first value pushed. */
  step: number
  /** Sum of the terms, each of which 99 % of the normal beginning stay below 1. Higher is more anomalous. */
  score: number
  /** Of those that were fitted; their sum is the score. */
  terms: Partial<Record<TermName, number>>
}

/**
 * Scores a series value by value, from what has come so far: the score of a step is known once the longest window about it and
 * the smoothing are complete, less than a period later. Memory is one period of steps, whatever the length.
 */
export class SeriesStream {
  /** Steps from one to the moment at which its score is known. */
  readonly delaySteps: number
  readonly #fitted: FittedSeries
  readonly #terms: TermState[]
  /** The last steps, the newest at the end. */
  readonly #steps: Float32Array
  #count = 0
  #sum = 0
  #values = 0

  constructor(fitted: FittedSeries) {
    const { terms, smoothingSteps, plan } = fitted
    this.#fitted = fitted
    const longest = Math.max(...terms.map(({ windowSteps }) => windowSteps))
    this.#steps = new Float32Array(Math.max(longest, stepsAPeriod(plan)))
    const after = smoothingSteps - Math.floor(smoothingSteps / 2) - 1
    const lookAhead = Math.max(...terms.map(({ windowSteps }) => windowSteps - Math.floor(windowSteps / 2) - 1))
    this.delaySteps = lookAhead + after
    this.#terms = terms.map((term) => {
      const own = term.windowSteps - Math.floor(term.windowSteps / 2) - 1
      return {
        ...term,
        memory: new NormalMemory(term),
        window: new Float32Array(term.windowSteps),
        // All terms speak of the same step: those with shorter windows wait for the longest.
        late: new Float64Array(lookAhead - own + smoothingSteps),
        count: 0,
        sum: 0,
      }
    })
  }

  /** @throws RangeError for a value that is not finite. */
  push(value: number): StepScore | undefined {
    if (!Number.isFinite(value))
      throw new RangeError(`value ${this.#values}: expected a finite number, received ${value}`)
    const { pointsAStep, mean, spread } = this.#fitted.plan
    this.#sum += value
    this.#values++
    if (this.#values % pointsAStep !== 0) return undefined
    const steps = this.#steps
    steps.copyWithin(0, 1)
    steps[steps.length - 1] = (this.#sum / pointsAStep - mean) / spread
    this.#sum = 0
    this.#count++
    return this.#score()
  }

  #score(): StepScore | undefined {
    const step = this.#count - 1 - this.delaySteps
    const terms: Partial<Record<TermName, number>> = {}
    let score = 0
    let known = step >= 0
    for (const term of this.#terms) {
      const value = this.#termScore(term)
      if (value === undefined) known = false
      else {
        terms[term.name] = value
        score += value
      }
    }
    return known ? { step, score, terms } : undefined
  }

  /** Mean of the term's distances around the step of which all terms speak now. */
  #termScore(term: TermState): number | undefined {
    const { windowSteps, view, memory, window, late, usual } = term
    if (this.#count < windowSteps) return undefined
    viewWindow(this.#steps, this.#steps.length - windowSteps, view, window)
    memory.input.set(window)
    const { smoothingSteps } = this.#fitted
    const at = term.count % late.length
    // The value that comes out of the delay goes into the mean; the one that is `smoothingSteps` older leaves it.
    const delay = late.length - smoothingSteps
    const leaving = late[at]!
    late[at] = memory.distance()
    const entered = term.count - delay
    if (entered >= 0) term.sum += late[entered % late.length]!
    if (entered >= smoothingSteps) term.sum -= leaving
    term.count++
    return entered >= smoothingSteps - 1 ? term.sum / smoothingSteps / usual : undefined
  }
}

interface TermState {
  name: TermName
  windowSteps: number
  view: Parameters<typeof viewWindow>[2]
  usual: number
  memory: NormalMemory
  window: Float32Array
  /** The last distances, a ring. */
  late: Float64Array
  /** Windows so far. */
  count: number
  sum: number
}
