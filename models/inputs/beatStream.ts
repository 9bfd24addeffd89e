import { BeatDetector, type BeatDetectorSnapshot } from './beatDetector.ts'
import { noisePower, qrsAmplitude, resampleWindow, windowReach } from './beatWindow.ts'
import type { BiquadCascade } from './biquad.ts'
import { createEcgFilter } from './ecgFilter.ts'
import { EcgQuality, ecgQualityLimits } from './ecgQuality.ts'
import type { BeatQuality, EcgQualitySnapshot, SegmentQuality } from './ecgQuality.ts'
import { EcgRing, sampleFlag, type EcgRingSnapshot } from './ecgRing.ts'
import { fiducialSeconds, findFiducial } from './fiducial.ts'
import { ecgBeatInput, ecgBeatInputLength } from './inputSchema.ts'
import { RailDetector, type RailDetectorSnapshot } from './railDetector.ts'
import { Rhythm, type RhythmSnapshot } from './rhythm.ts'
import { RunningMedian, type RunningMedianSnapshot } from './runningMedian.ts'
import { SampleClock, type SampleClockState } from './sampleClock.ts'
import { UsualBeat, type UsualBeatSnapshot } from './usualBeat.ts'
import { decodeFloat64, encodeFloat64 } from './typedArrays.ts'

/** Samples missing for up to so long are held; longer is a gap, after which filter and rhythm begin anew. */
const holdSeconds = 0.04
/** Intervals that must be known before a wearer's rhythm counts as learnt. */
const warmUpBeats = 8
/** Slow on purpose: a change of shape must stay visible for minutes. */
const gainBeats = 61
/** The beats of the learning seconds and their windows fit in here. */
const ringSeconds = 3.2
/** QRS band, where the filter's delay is taken. */
const delayHz = 12
const railShare = 0.02
/** What a segment's verdict is of, and the share of it at rails or missing that decides. */
const segmentSeconds = 2
const segmentShare = 0.1
/** QRS amplitude of a wearer of whom no beat was seen. */
const assumedMillivolts = 0.5

const snapshotVersion = 2

export interface Beat {
  /** Stream time of the R peak, integer µs. */
  tick: number
  /** Window in stream time, integer µs: 250 ms before to 450 ms after the R peak. */
  from: number
  to: number
  /** Time since the previous beat, s; absent after a gap. */
  rrSeconds?: number
  /** The model's input (`ecgBeatInput`); absent while the wearer's gain and rhythm are being learnt, or if incomplete. */
  input?: Float32Array
  quality: BeatQuality
}

/** Told as soon as an R peak is known, before its window is complete: stream time of the peak and of that moment, integer µs. */
export type PeakListener = (peakTick: number, knownTick: number) => void

/**
 * From ECG samples to beats that a model can score, the same for training and edge. Causal: a beat comes as soon as its
 * window is complete, some 0.5 s after the R peak. Beats do not depend on how the stream was cut into blocks.
 */
export class BeatStream {
  private readonly rateHz: number
  private readonly filter: BiquadCascade
  private readonly filterDelay: number
  private readonly detector: BeatDetector
  private readonly rails: RailDetector
  private readonly clock: SampleClock
  private readonly rhythm = new Rhythm()
  private readonly gain = new RunningMedian(gainBeats)
  private readonly quality = new EcgQuality()
  private readonly usual = new UsualBeat(ecgBeatInput.points)
  private readonly ring: EcgRing
  private readonly reach: { before: number; after: number }
  private readonly found: number[] = []
  private readonly window = new Float32Array(ecgBeatInput.points)
  private state: StreamState = { samples: 0, segmentStart: -1, held: 0, lastRaw: 0, pending: [], previousPeak: -1 }

  private readonly onPeak: PeakListener | undefined

  /** @throws RangeError where the rate is outside 100 to 1000 Hz. */
  constructor(rateHz: number, onPeak?: PeakListener) {
    this.rateHz = rateHz
    this.onPeak = onPeak
    this.filter = createEcgFilter(rateHz)
    this.filterDelay = Math.round(this.filter.delaySeconds(delayHz, rateHz) * rateHz)
    this.detector = new BeatDetector(rateHz)
    this.rails = new RailDetector(rateHz)
    this.clock = new SampleClock(rateHz)
    this.ring = new EcgRing(ringSeconds * rateHz)
    this.reach = windowReach(rateHz)
  }

  /**
   * Takes the next block and returns the beats whose windows it completed, in order.
   * @param startTick stream time of the first sample, integer µs; where it does not follow on the block before, the
   *   missing samples are a gap.
   * @param values mV; NaN where nothing was measured.
   */
  push(startTick: number, values: Float32Array): Beat[] {
    const beats: Beat[] = []
    const { state, clock } = this
    const missing = clock.missingBefore(startTick, state.samples)
    const held = Math.abs(missing) <= holdSeconds * this.rateHz
    if (!held) this.endSegment(beats)
    for (let i = 0; held && i < missing; i++) this.step(NaN, beats)
    clock.follow(startTick, state.samples)
    for (let i = 0; i < values.length; i++) this.step(values[i]!, beats)
    return beats
  }

  /** Of the last two seconds. Without a beat for seconds it tells a silent heart from what only hides it. */
  segment(): SegmentQuality {
    const { segmentStart: first, samples } = this.state
    const span = Math.round(segmentSeconds * this.rateHz)
    const { missing, rail } = this.ring.count(samples - span, samples - 1, first, samples)
    if (first < 0 || missing >= segmentShare * span) return 'gap'
    if (rail >= segmentShare * span) return 'saturated'
    const amplitude = this.gain.count > 0 ? this.gain.value : assumedMillivolts
    const where = { last: samples - 1, first, rateHz: this.rateHz, amplitude }
    const ambient = this.quality.ambientUpTo(this.ring.filtered, this.ring.mask, where)
    return ambient > ecgQualityLimits.quietAmbient ? 'moving' : 'quiet'
  }

  snapshot(): BeatStreamSnapshot {
    return {
      version: snapshotVersion,
      rateHz: this.rateHz,
      filter: encodeFloat64(this.filter.state),
      detector: this.detector.snapshot(),
      rails: this.rails.snapshot(),
      clock: this.clock.snapshot(),
      rhythm: this.rhythm.snapshot(),
      gain: this.gain.snapshot(),
      quality: this.quality.snapshot(),
      usual: this.usual.snapshot(),
      ...this.ring.snapshot(),
      state: structuredClone(this.state),
    }
  }

  /** @throws Error for a snapshot of another version: the caller begins with a warm-up. */
  static restore(snapshot: BeatStreamSnapshot): BeatStream {
    if (snapshot.version !== snapshotVersion) {
      throw new Error(
        `beat stream snapshot: version: expected ${snapshotVersion}, received ${String(snapshot.version)}`,
      )
    }
    const stream = new BeatStream(snapshot.rateHz)
    decodeFloat64(snapshot.filter, stream.filter.state, 'beat stream snapshot: filter')
    stream.detector.restore(snapshot.detector)
    stream.rails.restore(snapshot.rails)
    stream.clock.restore(snapshot.clock)
    stream.rhythm.restore(snapshot.rhythm)
    stream.gain.restore(snapshot.gain)
    stream.quality.restore(snapshot.quality)
    stream.usual.restore(snapshot.usual)
    stream.ring.restore(snapshot)
    stream.state = structuredClone(snapshot.state)
    return stream
  }

  private step(value: number, beats: Beat[]): void {
    const { state } = this
    const n = state.samples++
    let flags = 0
    if (Number.isNaN(value)) {
      if (state.segmentStart < 0) return
      if (++state.held > holdSeconds * this.rateHz) {
        this.endSegment(beats)
        return
      }
      flags = sampleFlag.missing
    } else {
      if (state.segmentStart < 0) this.beginSegment(n, value)
      state.held = 0
      state.lastRaw = value
      if (this.rails.step(value)) flags = sampleFlag.rail
    }
    const y = this.filter.step(state.lastRaw)
    this.ring.put(n, y, flags)
    this.detector.step(y, this.found)
    if (this.found.length > 0) this.locate()
    while (state.pending.length > 0 && Math.floor(state.pending[0]!) + this.reach.after <= n) {
      beats.push(this.finish(state.pending.shift()!))
    }
  }

  private beginSegment(sample: number, value: number): void {
    this.filter.settle(value)
    this.detector.reset()
    this.state.segmentStart = sample
    this.state.previousPeak = -1
  }

  /** Beats whose windows the gap cuts are reported, not scored. */
  private endSegment(beats: Beat[]): void {
    const { state } = this
    while (state.pending.length > 0) beats.push(this.finish(state.pending.shift()!))
    state.segmentStart = -1
    state.held = 0
  }

  private locate(): void {
    const { state } = this
    const reach = Math.round(fiducialSeconds * this.rateHz) + 1
    for (const middle of this.found) {
      const at = Math.max(state.segmentStart + reach, state.segmentStart + middle)
      const peak = findFiducial(this.ring.filtered, this.ring.mask, at, this.rateHz)
      state.pending.push(peak)
      this.onPeak?.(this.clock.tick(peak - this.filterDelay), this.clock.tick(state.samples))
    }
    this.found.length = 0
  }

  private finish(peak: number): Beat {
    const { state, rhythm, gain, window } = this
    const { filtered, mask } = this.ring
    const { missing, rail, samples } = this.inspect(peak)
    resampleWindow(filtered, mask, peak, this.rateHz, window)
    const amplitude = qrsAmplitude(window)
    const reference = gain.count > 0 ? gain.value : amplitude
    const tick = this.clock.tick(peak - this.filterDelay)
    const rrSeconds = state.previousPeak < 0 ? undefined : (peak - state.previousPeak) / this.rateHz
    const complete = missing === 0
    const where = { peak, first: state.segmentStart, rateHz: this.rateHz, amplitude: reference }
    const { ambient, artifact, repeated } = this.quality.judge(filtered, mask, where)
    const saturated = rail >= railShare * samples
    const noise = reference > 0 ? noisePower(window) / (reference * reference) : 0
    const beat: Beat = {
      tick,
      from: tick + ecgBeatInput.fromMilliseconds * 1000,
      to: tick + ecgBeatInput.toMilliseconds * 1000,
      quality: { saturated, noise, ambient, artifact, repeated, complete },
    }
    if (rrSeconds !== undefined) beat.rrSeconds = rrSeconds
    // Scored before it is learnt from, so that no beat is held against itself.
    const learnt = this.usual.known && gain.value > 0 && rhythm.count >= warmUpBeats
    if (complete && learnt) beat.input = this.describe(rrSeconds)
    rhythm.push(rrSeconds)
    if (complete && !beat.quality.saturated) {
      gain.push(amplitude)
      this.usual.push(window, gain.value)
    }
    state.previousPeak = peak
    return beat
  }

  private describe(rrSeconds: number | undefined): Float32Array {
    const input = new Float32Array(ecgBeatInputLength)
    const scale = 1 / this.gain.value
    const { points, usualBeatShare } = ecgBeatInput
    const { shape } = this.usual
    for (let i = 0; i < points; i++) input[i] = (this.window[i]! - usualBeatShare * shape[i]!) * scale
    this.rhythm.describe(rrSeconds, input, ecgBeatInput.points)
    return input
  }

  /** Counts what was not measured in a beat's window (also before and after the segment), and what was at the rails. */
  private inspect(peak: number): { missing: number; rail: number; samples: number } {
    const first = Math.floor(peak) - this.reach.before
    const last = Math.floor(peak) + this.reach.after
    const { segmentStart, samples } = this.state
    const { missing, rail } = this.ring.count(first, last, segmentStart, samples)
    return { missing, rail, samples: last - first + 1 }
  }
}

interface StreamState {
  /** Samples since the start, measured or not; positions below are in these. */
  samples: number
  /** First sample since the last gap; -1 during a gap. */
  segmentStart: number
  /** Missing samples in a row, bridged by the last one measured. */
  held: number
  lastRaw: number
  /** R peaks whose windows are not complete yet. */
  pending: number[]
  /** -1: none in this segment. */
  previousPeak: number
}

/** Plain data; goes through JSON unchanged. */
export interface BeatStreamSnapshot extends EcgRingSnapshot {
  version: number
  rateHz: number
  filter: string
  detector: BeatDetectorSnapshot
  rails: RailDetectorSnapshot
  clock: SampleClockState
  rhythm: RhythmSnapshot
  gain: RunningMedianSnapshot
  quality: EcgQualitySnapshot
  usual: UsualBeatSnapshot
  state: StreamState
}
