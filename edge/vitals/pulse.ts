import { BiquadCascade, butterworthSections } from '../../models/inputs/biquad.ts'
import { SampleClock, type SampleClockState } from '../../models/inputs/sampleClock.ts'
import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'
import { RecentSamples, type RecentSamplesSnapshot } from './recentSamples.ts'

/** One wave of a PPG. */
export interface PulseWave {
  /** Stream time of its steepest rise, integer µs. */
  tick: number
  /** Since the wave before, s; absent after a gap. */
  intervalSeconds?: number
  /** The middle between its foot and its peak, as measured. */
  level: number
}

const settings = {
  bandHz: [0.5, 8],
  /** Share of the usual slope (median of the last nine waves) that a rise must have. */
  threshold: 0.45,
  remembered: 9,
  /** Two waves are never closer: of two rises the steeper counts. */
  refractorySeconds: 0.27,
  /** From the steepest rise back to the foot, and on to the peak. */
  footSeconds: -0.2,
  peakSeconds: 0.32,
  /** After so long without a wave the usual slope is halved, again and again: an artefact must not deafen it. */
  lostSeconds: 1.5,
  /** Missing samples up to here are held; more is a gap. */
  holdSeconds: 0.2,
} as const

/**
 * Finds the waves of a PPG by their steepest rise above an adaptive threshold, causally: each is told 0.32 s after it. Waves do
 * not depend on how the stream was cut into blocks.
 */
export class Pulse {
  readonly rateHz: number
  private readonly filter: BiquadCascade
  private readonly clock: SampleClock
  private readonly recent: RecentSamples
  private state: PulseState = {
    ...{ samples: 0, begun: -1, held: 0, last: 0, filtered: 0, slope: 0, slopeBefore: 0 },
    ...{ slopes: [], halvedAt: 0, rise: null, previous: null },
  }

  /** @throws RangeError where the rate is below 2 Hz. */
  constructor(rateHz: number) {
    const [low, high] = settings.bandHz
    this.rateHz = rateHz
    this.filter = new BiquadCascade([
      ...butterworthSections('high-pass', 2, low, rateHz),
      ...butterworthSections('low-pass', 2, Math.min(high, 0.45 * rateHz), rateHz),
    ])
    this.clock = new SampleClock(rateHz)
    this.recent = new RecentSamples(2 * rateHz)
  }

  /** @param tick stream time of the first value, µs; @param values NaN where nothing was measured. */
  push(tick: number, values: Float32Array): PulseWave[] {
    const { state, clock } = this
    const found: PulseWave[] = []
    const missing = clock.missingBefore(tick, state.samples)
    if (missing >= 0 && missing <= settings.holdSeconds * this.rateHz) {
      for (let i = 0; i < missing; i++) this.step(NaN, found)
    } else this.interrupt()
    clock.follow(tick, state.samples)
    for (let i = 0; i < values.length; i++) this.step(values[i]!, found)
    return found
  }

  snapshot(): PulseSnapshot {
    return {
      rateHz: this.rateHz,
      filter: encodeFloat64(this.filter.state),
      clock: this.clock.snapshot(),
      recent: this.recent.snapshot(),
      state: structuredClone(this.state),
    }
  }

  static restore(snapshot: PulseSnapshot): Pulse {
    const pulse = new Pulse(snapshot.rateHz)
    decodeFloat64(snapshot.filter, pulse.filter.state, 'pulse.filter')
    pulse.clock.restore(snapshot.clock)
    pulse.recent.restore(snapshot.recent)
    pulse.state = structuredClone(snapshot.state)
    return pulse
  }

  private step(value: number, found: PulseWave[]): void {
    const { state, rateHz } = this
    const n = state.samples++
    this.recent.put(value)
    if (!Number.isFinite(value)) {
      if (state.begun < 0) return
      if (++state.held > settings.holdSeconds * rateHz) return this.interrupt()
    } else {
      state.held = 0
      state.last = value
      if (state.begun < 0) this.begin(n, value)
    }
    const filtered = this.filter.step(state.last)
    const slope = filtered - state.filtered
    if (n - state.begun >= 2) this.judge(n - 1, slope)
    state.filtered = filtered
    state.slopeBefore = state.slope
    state.slope = slope
    if (state.rise !== null && n >= Math.floor(state.rise.at) + Math.ceil(settings.peakSeconds * rateHz) + 1) {
      this.tell(state.rise.at, found)
      state.rise = null
    }
  }

  /** Whether the slope of sample `n`, between the one before and `after`, is the steepest of a wave's rise. */
  private judge(n: number, after: number): void {
    const { state, rateHz } = this
    const { slope, slopeBefore, slopes } = state
    if (n - Math.max(state.rise?.at ?? state.previous ?? state.begun, state.halvedAt) > settings.lostSeconds * rateHz) {
      state.slopes = slopes.map((known) => known / 2)
      state.halvedAt = n
    }
    if (!(slope > 0 && slope > slopeBefore && slope >= after)) return
    const at = n + (0.5 * (after - slopeBefore)) / (2 * slope - slopeBefore - after)
    const before = state.rise?.at ?? state.previous
    if (before !== null && n - before <= settings.refractorySeconds * rateHz) {
      if (state.rise === null || slope <= slopes.at(-1)!) return
      state.rise.at = at
      slopes[slopes.length - 1] = slope
      return
    }
    const usual = [...state.slopes].sort((a, b) => a - b)[state.slopes.length >> 1] ?? 0
    if (slope <= settings.threshold * usual) return
    state.rise = { at }
    state.slopes.push(slope)
    if (state.slopes.length > settings.remembered) state.slopes.shift()
  }

  private tell(at: number, found: PulseWave[]): void {
    const { state, rateHz } = this
    const { previous } = state
    state.previous = at
    const extent = this.recent.between(
      Math.round(at + settings.footSeconds * rateHz),
      Math.round(at + settings.peakSeconds * rateHz),
    )
    if (extent === undefined) return
    const wave: PulseWave = { tick: this.clock.tick(at), level: (extent.high + extent.low) / 2 }
    if (previous !== null) wave.intervalSeconds = (at - previous) / rateHz
    found.push(wave)
  }

  private begin(n: number, value: number): void {
    this.filter.settle(value)
    Object.assign(this.state, { begun: n, filtered: 0, slope: 0, slopeBefore: 0, halvedAt: n })
  }

  private interrupt(): void {
    Object.assign(this.state, { begun: -1, held: 0, rise: null, previous: null })
  }
}

interface PulseState {
  /** Samples since the start, measured or not; positions below are in these. */
  samples: number
  /** First sample since the last gap; -1 during one. */
  begun: number
  held: number
  last: number
  filtered: number
  slope: number
  slopeBefore: number
  /** Of the last waves. */
  slopes: number[]
  halvedAt: number
  /** Steepest rise of the wave under way. */
  rise: { at: number } | null
  previous: number | null
}

export interface PulseSnapshot {
  rateHz: number
  filter: string
  clock: SampleClockState
  recent: RecentSamplesSnapshot
  state: PulseState
}
