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
    const { window, scalars } = this
    const n = scalars[0]!
    const y = this.filter.step(filtered)
    this.band[n % this.band.length] = y
    const at = n % window.length
    const leaving = window[at]!
    window[at] = Math.abs(y)
    scalars[1]! += window[at] - leaving
    // Adding and taking away for days would pile up rounding errors.
    if (at === 0) scalars[1] = window.reduce((sum, value) => sum + value, 0)
    scalars[0] = n + 1
    return Math.max(0, scalars[1]!) / window.length
  }

  /** Greatest step between neighbours in the band, over the complex whose envelope peaked `age` samples ago. */
  steepness(age: number): number {
    const { band, window } = this
    const last = this.scalars[0]! - 1 - age
    const first = Math.max(1, last - window.length - (window.length >> 2), this.scalars[0]! - band.length + 1)
    let steepest = 0
    for (let i = first; i <= last; i++) {
      steepest = Math.max(steepest, Math.abs(band[i % band.length]! - band[(i - 1) % band.length]!))
    }
    return steepest
  }

  /** Forgets the signal, as after a gap. */
  reset(): void {
    for (const part of [this.filter.state, this.window, this.band, this.scalars]) part.fill(0)
  }

  snapshot(): string[] {
    return [this.filter.state, this.window, this.band, this.scalars].map(encodeFloat64)
  }

  restore(snapshot: readonly string[]): void {
    const parts = [this.filter.state, this.window, this.band, this.scalars]
    parts.forEach((part, i) => decodeFloat64(snapshot[i] ?? '', part, `qrsEnvelope[${i}]`))
  }
}
