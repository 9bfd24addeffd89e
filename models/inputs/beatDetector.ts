import { QrsEnvelope } from './qrsEnvelope.ts'
import { RunningMedian, type RunningMedianSnapshot } from './runningMedian.ts'

const settings = {
  /** Two complexes are never closer. A peak counts once nothing greater has followed for so long. */
  refractorySeconds: 0.2,
  /** Up to here after a beat a peak must be steep, or it is a T wave (Pan and Tompkins 1985) … */
  tWaveSeconds: 0.36,
  tWaveSteepness: 0.45,
  /** … and up to here as steep as another complex, or it is the end of a wide one. */
  wideSeconds: 0.25,
  wideSteepness: 0.7,
  /** Level between noise (0) and QRS (1) above which a peak is a beat … */
  threshold: 0.3,
  /** … falling from `expected` to `overdue` (in median RR) to `overdueThreshold`: a search-back that needs no delay. */
  overdueThreshold: 0.12,
  expectedAfter: 1.1,
  overdueAfter: 1.8,
  /** Nothing for so long: amplitude may have dropped. What is taken falls to the last level, after an asystole has been told. */
  lostFromSeconds: 4.5,
  lostToSeconds: 9,
  lostThreshold: 0.05,
  /** An interval above this is a pause, not a rhythm. */
  pauseSeconds: 3,
  learnSeconds: 2,
  /** Until then a peak is a beat at this share of the highest one so far, taken to be at least `expectedMillivolts`. */
  learningThreshold: 0.4,
  expectedMillivolts: 0.15,
  /** Of the learnt peaks, those above this share of the highest are QRS. */
  qrsShare: 0.5,
  /** Slope of a complex over its height in the envelope, 1/s: brings both to one scale. */
  slopeOverHeight: 90,
  /** mV: less is an electrode's own noise. */
  floor: 0.01,
} as const

/** Peaks, noise and intervals: medians over so many. */
const memory = 8

/**
 * Finds QRS complexes in the band-passed ECG (`ecgFilter.ts`), causally: a beat is told 0.2 s after its envelope's peak, less
 * than 0.4 s after the complex, from the first second of a stream on. Adaptive thresholds between noise and QRS level after
 * Pan and Tompkins (IEEE TBME 32:230, 1985) and Hamilton (Computers in Cardiology 29:101, 2002), over medians, so that one
 * artefact cannot deafen it. Levels are of height and steepness together: T waves are high and not steep, and a small
 * complex beside great ventricular ones is steep and not high.
 */
export class BeatDetector {
  private readonly rateHz: number
  private readonly envelope: QrsEnvelope
  private readonly qrsLevel = new RunningMedian(memory)
  private readonly noiseLevel = new RunningMedian(memory)
  private readonly rrSamples = new RunningMedian(memory)
  private state: DetectorState = unstarted()

  constructor(rateHz: number) {
    this.rateHz = rateHz
    this.envelope = new QrsEnvelope(rateHz)
  }

  /**
   * Takes one filtered sample (mV) and appends to `found` where complexes lay: their middle, to some 30 ms, in samples since
   * the last `reset()`.
   */
  step(filtered: number, found: number[]): void {
    const { state, rateHz } = this
    const height = this.envelope.step(filtered)
    const now = state.samples++
    if (state.peakAt < 0 || height > state.peakHeight) {
      state.peakAt = now
      state.peakHeight = height
    } else if (now - state.peakAt >= settings.refractorySeconds * rateHz) {
      const steepness = this.envelope.steepness(now - state.peakAt)
      const slope = (steepness * rateHz) / settings.slopeOverHeight
      const strength = Math.sqrt(state.peakHeight * Math.sqrt(state.peakHeight * slope))
      const peak = { at: state.peakAt, strength, steepness }
      state.peakAt = -1
      this.take(peak, now, found)
    }
  }

  /** Begins anew after a gap, with the levels already learnt. */
  reset(): void {
    this.envelope.reset()
    this.state = { ...unstarted(), learning: this.qrsLevel.count === 0 ? [] : null }
  }

  snapshot(): BeatDetectorSnapshot {
    return {
      envelope: this.envelope.snapshot(),
      qrsLevel: this.qrsLevel.snapshot(),
      noiseLevel: this.noiseLevel.snapshot(),
      rrSamples: this.rrSamples.snapshot(),
      state: structuredClone(this.state),
    }
  }

  restore(snapshot: BeatDetectorSnapshot): void {
    this.envelope.restore(snapshot.envelope)
    this.qrsLevel.restore(snapshot.qrsLevel)
    this.noiseLevel.restore(snapshot.noiseLevel)
    this.rrSamples.restore(snapshot.rrSamples)
    this.state = structuredClone(snapshot.state)
  }

  private take(peak: Peak, now: number, found: number[]): void {
    const { learning } = this.state
    if (learning === null) {
      this.classify(peak, now, found)
      return
    }
    if (peak.strength > settings.floor) this.classifyEarly(peak, learning, found)
    if (now - (learning[0]?.at ?? now) < settings.learnSeconds * this.rateHz) return
    // Complexes are the high half of what the first seconds held; their neighbours in height are noise, P and T.
    const highest = strongest(learning)
    for (const { strength } of learning) if (strength > settings.qrsShare * highest) this.qrsLevel.push(strength)
    this.noiseLevel.push(this.qrsLevel.value / 10)
    for (const { strength } of learning) if (strength <= settings.qrsShare * highest) this.noiseLevel.push(strength)
    this.state.learning = null
  }

  /** Before the levels are known. */
  private classifyEarly(peak: Peak, learning: Peak[], found: number[]): void {
    learning.push(peak)
    const level = settings.learningThreshold * Math.max(settings.expectedMillivolts, strongest(learning))
    if (peak.strength > level && !this.belongsToLastBeat(peak)) this.tell(peak, found)
  }

  private classify(peak: Peak, now: number, found: number[]): void {
    const { qrsLevel, noiseLevel } = this
    if (this.belongsToLastBeat(peak) || peak.strength <= this.thresholdAt(now)) {
      noiseLevel.push(Math.min(peak.strength, qrsLevel.value))
      return
    }
    qrsLevel.push(Math.min(peak.strength, 2.5 * qrsLevel.value))
    this.tell(peak, found)
  }

  /** Its T wave, or the end of a wide complex. */
  private belongsToLastBeat({ at, steepness }: Peak): boolean {
    const { beatFound, beatAt, beatSteepness } = this.state
    if (!beatFound) return false
    const since = (at - beatAt) / this.rateHz
    if (since < settings.wideSeconds && steepness < settings.wideSteepness * beatSteepness) return true
    return since < settings.tWaveSeconds && steepness < settings.tWaveSteepness * beatSteepness
  }

  private tell({ at, steepness }: Peak, found: number[]): void {
    const { state } = this
    const since = at - state.beatAt
    if (state.beatFound && since < settings.pauseSeconds * this.rateHz) this.rrSamples.push(since)
    state.beatAt = at
    state.beatSteepness = steepness
    state.beatFound = true
    found.push(at - this.envelope.delay)
  }

  private thresholdAt(now: number): number {
    const { threshold, overdueThreshold, lostThreshold, expectedAfter, overdueAfter } = settings
    const { lostFromSeconds, lostToSeconds, floor } = settings
    const quiet = now - this.state.beatAt
    const medianRr = this.rrSamples.count > 0 ? this.rrSamples.value : this.rateHz
    const overdue = share(quiet / medianRr, expectedAfter, overdueAfter)
    const lost = share(quiet / this.rateHz, lostFromSeconds, lostToSeconds)
    const level =
      lost > 0
        ? overdueThreshold + (lostThreshold - overdueThreshold) * lost
        : threshold + (overdueThreshold - threshold) * overdue
    const noise = this.noiseLevel.value
    return Math.max(floor, noise + level * (this.qrsLevel.value - noise))
  }
}

/** How far `x` has come from `from` to `to`, 0 to 1. */
function share(x: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (x - from) / (to - from)))
}

function strongest(peaks: readonly Peak[]): number {
  return peaks.reduce((most, { strength }) => Math.max(most, strength), 0)
}

interface Peak {
  at: number
  /** Height and slope together, mV of the envelope. */
  strength: number
  /** Greatest step between neighbours, mV. */
  steepness: number
}

interface DetectorState {
  samples: number
  /** The highest point that nothing greater has followed yet; -1: none. */
  peakAt: number
  peakHeight: number
  /** The last beat; before the first one, the stream's start. */
  beatAt: number
  beatSteepness: number
  beatFound: boolean
  /** Peaks of the first seconds, until the levels are known. */
  learning: Peak[] | null
}

function unstarted(): DetectorState {
  return { samples: 0, peakAt: -1, peakHeight: 0, beatAt: 0, beatSteepness: 0, beatFound: false, learning: [] }
}

export interface BeatDetectorSnapshot {
  envelope: string[]
  qrsLevel: RunningMedianSnapshot
  noiseLevel: RunningMedianSnapshot
  rrSamples: RunningMedianSnapshot
  state: DetectorState
}
