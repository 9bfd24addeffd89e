/** Sensors keep their rate within 1 to 2 %, stamps are a few ms off; the rates on offer lie 4 % apart or more. */
const rateTolerance = 0.035
/** Frames in a row that must agree on a rate below the present one: a gap makes a rate seem lower, for a frame or two. */
const agreeingAtFirst = 2
const agreeingLater = 4
/** Gap-free time after which the rate is measured, µs: soon, then better, then now and then. */
const measuredAfter = { first: 1e6, last: 32e6, anew: 128e6 } as const
/** How far a stamp may be off, µs, and the finest difference of rates that counts. */
const stampJitter = 2000
const finestDifference = 0.0002
/** The samples of frames may run ahead of their stamps by this before the rate is raised, and at most, µs. */
const raisesAt = 20_000
const leadAtMost = 50_000

/** Where the samples of a frame lie in time. */
export interface Placement {
  rateHz: number
  /** Device clock at the first sample, integer µs. */
  tick: number
}

/**
 * Times the samples of frames that say when their last sample was taken, but not the rate.
 *
 * - The rate is the nominal one until two frames show another that the device offers. A higher one counts at once, because no gap
 *   can feign it; a lower one when 2 frames in a row agree (4, once a rate is known).
 * - The sensor's own clock is 1 to 2 % off, so the blocks of an offered rate would come to overlap. It is therefore
 *   measured over gap-free stretches of 1, 4, 16 and 32 s; where it differs by more than stamps explain, the
 *   measured rate counts from then on. It is rounded up: a hole of a fraction of a sample harms less than an overlap.
 * - The first sample lies one period after the last of the frame before (`PmdTimeStampUtils.kt` of the SDK does the same), and after
 *   a gap as many periods before its own stamp as there are samples.
 */
export class SampleTiming {
  readonly #offered: readonly number[]
  #rateHz: number
  #isKnown = false
  #lower = { rateHz: 0, frames: 0 }
  #lastStamp: number | undefined
  #end = 0
  #stretch = { from: 0, samples: 0 }
  #measureAfter: number = measuredAfter.first

  /** @param offered rates in Hz that a device can be set to, the nominal one first */
  constructor(offered: readonly [number, ...number[]]) {
    this.#rateHz = offered[0]
    this.#offered = offered
  }

  /**
   * Places a frame of `count` samples.
   *
   * @param stamp device clock at the last sample, integer µs
   */
  place(count: number, stamp: number): Placement {
    const last = this.#lastStamp ?? stamp
    const follows = stamp > last && this.#fits((count * 1e6) / (stamp - last))
    this.#lastStamp = stamp
    if (!follows) {
      this.#stretch = { from: stamp, samples: 0 }
      return this.#placed(count, Math.round(stamp - ((count - 1) * 1e6) / this.#rateHz))
    }
    this.#stretch.samples += count
    const first = last + (stamp - last) / count
    const lead = this.#end - first
    this.#measure(stamp, lead)
    return this.#placed(count, lead > 0 && lead <= leadAtMost ? this.#end : Math.round(first))
  }

  #placed(count: number, tick: number): Placement {
    this.#end = tick + Math.round((count * 1e6) / this.#rateHz)
    return { rateHz: this.#rateHz, tick }
  }

  /** Whether the frame follows the one before without a gap, at the present rate or one that is taken over now. */
  #fits(seenHz: number): boolean {
    const seen = this.#offered.find((rateHz) => isNear(seenHz, rateHz) && isNearest(seenHz, rateHz, this.#offered))
    if (isNear(seenHz, this.#rateHz)) {
      this.#isKnown = true
      this.#lower = { rateHz: 0, frames: 0 }
      return true
    }
    if (seen === undefined) return false
    this.#lower = { rateHz: seen, frames: this.#lower.rateHz === seen ? this.#lower.frames + 1 : 1 }
    const enough = this.#isKnown ? agreeingLater : agreeingAtFirst
    if (seen < this.#rateHz && this.#lower.frames < enough) return false
    this.#rateHz = seen
    this.#isKnown = true
    this.#lower = { rateHz: 0, frames: 0 }
    this.#measureAfter = measuredAfter.first
    this.#stretch = { from: this.#lastStamp ?? 0, samples: 0 }
    return true
  }

  #measure(stamp: number, lead: number): void {
    const span = stamp - this.#stretch.from
    if (span < (lead < raisesAt ? this.#measureAfter : measuredAfter.first)) return
    const measuredHz = (this.#stretch.samples * 1e6) / span
    const precision = Math.max(stampJitter / span, finestDifference)
    const isOff = this.#rateHz < measuredHz * (1 - precision) || this.#rateHz > measuredHz * (1 + 3 * precision)
    if (isOff || (lead >= raisesAt && this.#rateHz < measuredHz))
      this.#rateHz = Math.ceil(measuredHz * (1 + precision) * 100) / 100
    if (span >= this.#measureAfter) this.#measureAfter = Math.min(4 * this.#measureAfter, measuredAfter.last)
    if (span >= measuredAfter.anew) this.#stretch = { from: stamp, samples: 0 }
  }
}

const isNear = (seenHz: number, rateHz: number): boolean => Math.abs(seenHz / rateHz - 1) <= rateTolerance

const isNearest = (seenHz: number, rateHz: number, offered: readonly number[]): boolean =>
  offered.every((other) => Math.abs(seenHz - rateHz) <= Math.abs(seenHz - other))
