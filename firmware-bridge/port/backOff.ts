const shortestMillis = 500
const longestMillis = 10_000

/**
 * Waits between attempts: twice as long each time, with jitter, so that several readers do not try in step. Between 0.5
 * and 10 s.
 */
export class BackOff {
  readonly #random: () => number
  #base = shortestMillis

  /** @param random from 0 to below 1 */
  constructor(random: () => number) {
    this.#random = random
  }

  /** How long to wait now, ms. */
  next(): number {
    const wait = this.#base * (1 + this.#random())
    this.#base = Math.min(2 * this.#base, longestMillis / 2)
    return wait
  }

  /** It worked: begin anew. */
  reset(): void {
    this.#base = shortestMillis
  }
}
