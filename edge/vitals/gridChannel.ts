import { BiquadCascade, butterworthSections } from '../../models/inputs/biquad.ts'
import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'

/** Missing samples up to this long are bridged by the last one measured, µs; longer ones are a gap. */
const bridgedMicros = 200_000

export interface GridSettings {
  /** Band kept, Hz: fourth order on both sides. */
  bandHz: readonly [number, number]
  /** Values a second of the common grid; at least twice the band's upper end. */
  gridHz: number
  /** Grid values remembered; a power of two. */
  remembered: number
}

/**
 * One signal of any rate, band-passed and read at the points of a grid that signals share: point g lies at g / gridHz seconds of
 * stream time. NaN where nothing was measured.
 */
export class GridChannel {
  readonly rateHz: number
  private readonly settings: GridSettings
  private readonly filter: BiquadCascade
  private readonly values: Float64Array
  private state: GridState = { end: null, last: 0, measuredAt: 0, filtered: 0, newest: null }

  constructor(rateHz: number, settings: GridSettings) {
    const [low, high] = settings.bandHz
    this.rateHz = rateHz
    this.settings = settings
    this.filter = new BiquadCascade([
      ...butterworthSections('high-pass', 4, low, rateHz),
      ...butterworthSections('low-pass', 4, Math.min(high, 0.45 * rateHz), rateHz),
    ])
    this.values = new Float64Array(settings.remembered).fill(NaN)
  }

  /** Latest grid point that is known, or undefined before the first. */
  get newest(): number | undefined {
    return this.state.newest ?? undefined
  }

  /** @param tick stream time of the first value, µs. */
  push(tick: number, values: Float32Array): void {
    const { state } = this
    const period = 1e6 / this.rateHz
    // Half a period of slack for rounded ticks: what fits is counted on, not stamped anew.
    const start = state.end !== null && Math.abs(tick - state.end) < period / 2 ? state.end : tick
    const longest = bridgedMicros + period
    for (let i = 0; i < values.length; i++) this.step(start + i * period, values[i]!, period, longest)
    state.end = start + values.length * period
  }

  /** Copies grid points `from` to `from + out.length`; says whether all of them were measured. */
  read(from: number, out: Float64Array): boolean {
    const { remembered } = this.settings
    const { newest } = this.state
    if (newest === null || from + out.length - 1 > newest || from <= newest - remembered || from < 0) return false
    for (let i = 0; i < out.length; i++) {
      const value = this.values[(from + i) & (remembered - 1)]!
      if (Number.isNaN(value)) return false
      out[i] = value
    }
    return true
  }

  snapshot(): GridSnapshot {
    return {
      rateHz: this.rateHz,
      filter: encodeFloat64(this.filter.state),
      values: encodeFloat64(this.values),
      state: { ...this.state },
    }
  }

  restore(snapshot: GridSnapshot): void {
    decodeFloat64(snapshot.filter, this.filter.state, 'gridChannel.filter')
    decodeFloat64(snapshot.values, this.values, 'gridChannel.values')
    this.state = { ...snapshot.state }
  }

  private step(at: number, value: number, period: number, longest: number): void {
    const { state, filter } = this
    if (!Number.isFinite(value)) return
    const since = at - state.measuredAt
    if (state.newest === null || since > longest || since <= 0) {
      this.beginAt(at, value)
      return
    }
    // Samples that are missing for a moment are held, so that the filter keeps its time.
    if (since > 1.25 * period)
      for (let missing = Math.round(since / period) - 1; missing > 0; missing--) filter.step(state.last)
    const filtered = filter.step(value)
    const { gridHz } = this.settings
    const upTo = Math.floor((at * gridHz) / 1e6)
    for (let g = state.newest + 1; g <= upTo; g++) {
      const share = Math.max(0, ((g * 1e6) / gridHz - state.measuredAt) / since)
      this.put(g, state.filtered + share * (filtered - state.filtered))
    }
    state.last = value
    state.measuredAt = at
    state.filtered = filtered
  }

  /** Everything up to here that was not measured is a gap. */
  private beginAt(at: number, value: number): void {
    const { state } = this
    const upTo = Math.floor((at * this.settings.gridHz) / 1e6)
    const first = Math.max((state.newest ?? upTo - 1) + 1, upTo - this.settings.remembered + 1)
    // Time that ran back begins anew.
    if (state.newest !== null && upTo < state.newest) this.values.fill(NaN)
    for (let g = first; g <= upTo; g++) this.put(g, NaN)
    this.filter.settle(value)
    Object.assign(state, { last: value, measuredAt: at, filtered: 0, newest: upTo })
  }

  private put(g: number, value: number): void {
    this.values[g & (this.settings.remembered - 1)] = value
    this.state.newest = g
  }
}

interface GridState {
  /** Stream time at which the next block continues this one, µs. */
  end: number | null
  last: number
  /** Of the last value measured, µs. */
  measuredAt: number
  filtered: number
  newest: number | null
}

export interface GridSnapshot {
  rateHz: number
  filter: string
  values: string
  state: GridState
}
