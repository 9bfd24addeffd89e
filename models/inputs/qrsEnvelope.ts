import { BiquadCascade, butterworthSections } from './biquad.ts'
import { decodeFloat64, encodeFloat64 } from './typedArrays.ts'

const band = { lowHz: 7, highHz: 20, centreHz: 12 } as const
const averageSeconds = 0.08
const historySeconds = 0.5

/**
 * Where the energy of a QRS complex is: 7 to 20 Hz, rectified, averaged over 80 ms. One number a sample; the parts of the
 * detector after it see only this and the steepness in the same band.
 */
export class QrsEnvelope {
  /** Samples by which the envelope's peak follows the middle of the complex. */
  readonly delay: number
  private readonly filter: BiquadCascade
  private readonly window: Float64Array
  private readonly band: Float64Array
  /** samples seen, running sum of the window */
  private readonly scalars = new Float64Array(2)
  /** Where the next sample goes in window and band. */
  private windowAt = 0
  private bandAt = 0

  constructor(rateHz: number) {
    this.filter = new BiquadCascade([
      ...butterworthSections('high-pass', 2, band.lowHz, rateHz),
      ...butterworthSections('low-pass', 2, band.highHz, rateHz),
    ])
    this.window = new Float64Array(Math.round(averageSeconds * rateHz))
    this.band = new Float64Array(Math.ceil(historySeconds * rateHz))
    const filterDelay = Math.round(this.filter.delaySeconds(band.centreHz, rateHz) * rateHz)
    this.delay = filterDelay + ((this.window.length - 1) >> 1)
  }

  step(filtered: number): number {
    const { window, band, scalars } = this
    const y = this.filter.step(filtered)
    band[this.bandAt] = y
    if (++this.bandAt === band.length) this.bandAt = 0
    const at = this.windowAt
    if (++this.windowAt === window.length) this.windowAt = 0
    const height = Math.abs(y)
    let sum = scalars[1]! + (height - window[at]!)
    window[at] = height
    if (at === 0) {
      // Adding and taking away for days would pile up rounding errors.
      sum = 0
      for (let i = 0; i < window.length; i++) sum += window[i]!
    }
    scalars[1] = sum
    scalars[0]!++
    return Math.max(0, sum) / window.length
  }

  /** Greatest step between neighbours in the band, over the complex whose envelope peaked `age` samples ago. */
  steepness(age: number): number {
    const { band, window } = this
    const last = this.scalars[0]! - 1 - age
    const first = Math.max(1, last - window.length - (window.length >> 2), this.scalars[0]! - band.length + 1)
    let steepest = 0
    let before = (first - 1) % band.length
    for (let i = first; i <= last; i++) {
      const at = before + 1 === band.length ? 0 : before + 1
      const step = Math.abs(band[at]! - band[before]!)
      if (step > steepest) steepest = step
      before = at
    }
    return steepest
  }

  /** Forgets the signal, as after a gap. */
  reset(): void {
    for (const part of [this.filter.state, this.window, this.band, this.scalars]) part.fill(0)
    this.windowAt = this.bandAt = 0
  }

  snapshot(): string[] {
    return [this.filter.state, this.window, this.band, this.scalars].map(encodeFloat64)
  }

  restore(snapshot: readonly string[]): void {
    const parts = [this.filter.state, this.window, this.band, this.scalars]
    parts.forEach((part, i) => decodeFloat64(snapshot[i] ?? '', part, `qrsEnvelope[${i}]`))
    this.windowAt = this.scalars[0]! % this.window.length
    this.bandAt = this.scalars[0]! % this.band.length
  }
}
