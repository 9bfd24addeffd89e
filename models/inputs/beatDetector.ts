import { QrsEnvelope } from './qrsEnvelope.ts'
import { RunningMedian, type RunningMedianSnapshot } from './runningMedian.ts'

const settings = {
  /** Two complexes are never closer. A peak counts once nothing greater has followed for so long. */
  refractorySeconds: 0.2,
  /** Up to here after a beat a peak must be steep, or it is a T wave (Pan and Tompkins 1985). */
  tWaveSeconds: 0.36,
  tWaveSteepness: 0.5,
  /** Level between noise (0) and QRS (1) above which a peak is a beat … */
  threshold: 0.28,
  /** … falling from `expected` to `overdue` (in median RR) to `overdueThreshold`: a search-back that needs no delay. */
  overdueThreshold: 0.12,
  expectedAfter: 1.1,
  overdueAfter: 1.8,
  /** Nothing for so long: amplitude has dropped, take what there is. */
  lostSeconds: 3,
  lostThreshold: 0.05,
  learnSeconds: 2,
  /** mV in the envelope: less is an electrode's own noise. */
  floor: 0.01,
} as const

/** Peaks, noise and intervals: medians over so many. */
const memory = 8

/**
 * Finds QRS complexes in the band-passed ECG (`ecgFilter.ts`), causally: a beat is reported 0.2 s after its envelope's
 * peak, less than 0.3 s after the complex; only the first two seconds of a stream are learnt from first and reported
 * then. Adaptive thresholds between noise and QRS level after Pan and Tompkins (IEEE TBME 32:230, 1985) and Hamilton
 * (Computers in Cardiology 29:101, 2002), over medians, so that one artefact cannot deafen it.
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
      const peak = {
        at: state.peakAt,
        height: state.peakHeight,
        steepness: this.envelope.steepness(now - state.peakAt),
      }
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
    if (peak.height > settings.floor) learning.push(peak)
    if (now - (learning[0]?.at ?? now) < settings.learnSeconds * this.rateHz) return
    // Complexes are the high half of what the first seconds held; their neighbours in height are noise, P and T.
    const highest = Math.max(...learning.map((p) => p.height))
    for (const p of learning) if (p.height > highest / 2) this.qrsLevel.push(p.height)
    this.noiseLevel.push(this.qrsLevel.value / 10)
    this.state.learning = null
    for (const p of learning) this.classify(p, p.at, found)
  }

  private classify(peak: Peak, now: number, found: number[]): void {
    const { state, rateHz, qrsLevel, noiseLevel } = this
    const since = peak.at - state.beatAt
    const isTWave =
      state.beatFound &&
      since < settings.tWaveSeconds * rateHz &&
      peak.steepness < settings.tWaveSteepness * state.beatSteepness
    if (isTWave || peak.height <= this.thresholdAt(now)) {
      noiseLevel.push(Math.min(peak.height, qrsLevel.value))
      return
    }
    if (state.beatFound && since < settings.lostSeconds * rateHz) this.rrSamples.push(since)
    state.beatAt = peak.at
    state.beatSteepness = peak.steepness
    state.beatFound = true
    qrsLevel.push(Math.min(peak.height, 2.5 * qrsLevel.value))
    found.push(peak.at - this.envelope.delay)
  }

  private thresholdAt(now: number): number {
    const { rateHz } = this
    const quiet = now - this.state.beatAt
    const medianRr = this.rrSamples.count > 0 ? this.rrSamples.value : rateHz
    const overdue = (quiet / medianRr - settings.expectedAfter) / (settings.overdueAfter - settings.expectedAfter)
    const level =
      quiet > settings.lostSeconds * rateHz
        ? settings.lostThreshold
        : settings.threshold + (settings.overdueThreshold - settings.threshold) * Math.min(1, Math.max(0, overdue))
    const noise = this.noiseLevel.value
    return Math.max(settings.floor, noise + level * (this.qrsLevel.value - noise))
  }
}

interface Peak {
  at: number
  height: number
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
