import { RecordingError } from '../recordingError.ts'

/** Rows from which the usual distance of time stamps is taken. */
const rowsForMedian = 1000
/** A distance of so many usual ones is a gap. */
const gapFactor = 4
/** How far time stamps may be from an even spacing, s; at slow rates, one interval. */
const jitterSeconds = 0.5

/**
 * Finds the rate of a clock from the time stamps of its samples, which may be coarse, repeated and jittered, as a host's are:
 * the mean over all but the gaps.
 */
export class RateEstimate {
  readonly #first: number[] = []
  #previous: number | undefined
  #gapSeconds: number | undefined
  #seconds = 0
  #intervals = 0

  push(seconds: number): void {
    if (this.#gapSeconds === undefined) {
      this.#first.push(seconds)
      if (this.#first.length >= rowsForMedian) this.#start()
    } else this.#add(seconds)
  }

  /** Samples a second, and the distance from which on it is a gap; undefined where all time stamps are the same. */
  finish(): { rateHz: number; gapSeconds: number } | undefined {
    if (this.#gapSeconds === undefined) this.#start()
    if (!(this.#seconds > 0) || this.#gapSeconds === undefined) return undefined
    return { rateHz: this.#intervals / this.#seconds, gapSeconds: this.#gapSeconds }
  }

  #start(): void {
    const steps = this.#first.slice(1).map((seconds, i) => seconds - (this.#first[i] ?? 0))
    const forward = steps.filter((step) => step > 0).sort((a, b) => a - b)
    this.#gapSeconds = gapFactor * (forward[Math.floor(forward.length / 2)] ?? 0)
    for (const seconds of this.#first) this.#add(seconds)
    this.#first.length = 0
  }

  #add(seconds: number): void {
    const step = seconds - (this.#previous ?? seconds)
    if (this.#previous !== undefined && step <= (this.#gapSeconds ?? 0)) {
      this.#seconds += step
      this.#intervals++
    }
    this.#previous = seconds
  }
}

/**
 * Places rows on an even grid: one after the other, whatever their jitter; after a gap, at the place nearest to their time.
 * What lies in a gap is missing.
 */
export class TimeGrid {
  readonly #path: string
  readonly #rateHz: number
  readonly #gapSeconds: number
  #start: number | undefined
  #previous = 0
  #at = -1

  constructor(path: string, rateHz: number, gapSeconds: number) {
    this.#path = path
    this.#rateHz = rateHz
    this.#gapSeconds = gapSeconds
  }

  /** The sample that this row is. Throws a `RecordingError` where the times are not those of a steady clock. */
  place(line: number, seconds: number): number {
    const start = (this.#start ??= seconds)
    const nearest = Math.round((seconds - start) * this.#rateHz)
    const isGap = this.#at >= 0 && seconds - this.#previous > this.#gapSeconds
    this.#at = isGap ? Math.max(this.#at + 1, nearest) : this.#at + 1
    this.#previous = seconds
    const off = seconds - start - this.#at / this.#rateHz
    const allowed = Math.max(jitterSeconds, 1 / this.#rateHz)
    if (Math.abs(off) <= allowed) return this.#at
    const expected = `at most ${allowed} s off an even ${this.#rateHz} Hz (otherwise take the rows' own times: --own-times)`
    throw new RecordingError(this.#path, `line ${line}, time`, expected, `${off.toFixed(3)} s`)
  }
}
