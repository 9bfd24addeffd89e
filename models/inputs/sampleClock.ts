/** Rounding of two ticks to whole µs. */
const roundingMicros = 2

/**
 * Stream time of each sample of an evenly sampled signal. Blocks carry the tick of their first sample; between them time is
 * counted in samples, so that the ticks do not depend on how the stream was cut into blocks.
 */
export class SampleClock {
  private readonly rateHz: number
  private state: SampleClockState = { anchorTick: 0, anchorSample: 0, started: false }

  constructor(rateHz: number) {
    this.rateHz = rateHz
  }

  /**
   * Says how many samples are missing before a block that starts at `startTick`, `sample` being its first one if none were
   * (negative: the block goes back in time; NaN: this is the first block).
   */
  missingBefore(startTick: number, sample: number): number {
    const deviation = startTick - this.exactTick(sample)
    return this.state.started ? Math.round((deviation * this.rateHz) / 1e6) : NaN
  }

  /** Follows the device's ticks: `sample` is at `startTick`. What is mere rounding is left alone. */
  follow(startTick: number, sample: number): void {
    const { started } = this.state
    if (started && Math.abs(startTick - this.exactTick(sample)) <= roundingMicros) return
    this.state = { anchorTick: startTick, anchorSample: sample, started: true }
  }

  /** Integer µs; `sample` may have a fraction. */
  tick(sample: number): number {
    return Math.round(this.exactTick(sample))
  }

  snapshot(): SampleClockState {
    return { ...this.state }
  }

  restore(snapshot: SampleClockState): void {
    this.state = { ...snapshot }
  }

  private exactTick(sample: number): number {
    const { anchorTick, anchorSample } = this.state
    return anchorTick + ((sample - anchorSample) * 1e6) / this.rateHz
  }
}

export interface SampleClockState {
  anchorTick: number
  anchorSample: number
  started: boolean
}
