const flatSeconds = 0.02

/**
 * Recognises samples at the sensor's rails without knowing where these are: the signal stands still for 20 ms or more at the
 * highest or lowest value seen so far.
 */
export class RailDetector {
  private readonly flatSamples: number
  private state = { min: Number.MAX_VALUE, max: -Number.MAX_VALUE, last: 0, run: 0 }

  constructor(rateHz: number) {
    this.flatSamples = Math.max(3, Math.round(flatSeconds * rateHz))
  }

  /** Takes a raw (unfiltered) sample; true where it is at a rail. */
  step(raw: number): boolean {
    const { state } = this
    state.run = raw === state.last ? state.run + 1 : 1
    state.last = raw
    if (raw > state.max) state.max = raw
    if (raw < state.min) state.min = raw
    // A line that has been flat from the start may be anywhere.
    return state.run >= this.flatSamples && state.max > state.min && (raw === state.max || raw === state.min)
  }

  snapshot(): RailDetectorSnapshot {
    return { ...this.state }
  }

  restore(snapshot: RailDetectorSnapshot): void {
    this.state = { ...snapshot }
  }
}

export interface RailDetectorSnapshot {
  min: number
  max: number
  last: number
  run: number
}
