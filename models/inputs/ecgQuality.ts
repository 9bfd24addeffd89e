import { RepeatedShape, type RepeatedShapeSnapshot } from './repeatedShape.ts'
import { RunningMedian, type RunningMedianSnapshot } from './runningMedian.ts'

/** Around a beat, at 125 Hz: 1.55 s before its R peak to 0.45 s after. */
const context = { rateHz: 125, points: 250, peak: 194 } as const

const settings = {
  /** 64 ms. */
  blockPoints: 8,
  ambientQuantile: 0.4,
  /** Curvature over 16 ms to each side: passes 10 to 40 Hz, where a complex is and electrode motion is least. */
  curvaturePoints: 2,
  /** A complex lies within so many points of its R peak (64 ms); what is farther than `clear` (100 ms) is not of it. */
  complexPoints: 8,
  clearPoints: 12,
  rivalPoints: 40,
  surroundingsPoints: 7,
  surroundingsQuantile: 0.75,
  usualBeats: 61,
  /** Before so many beats nothing is compared; up to `learnt` all are learnt from, then those in quiet alone. */
  leastBeats: 4,
  learntBeats: 8,
} as const

/**
 * Limits of what can be scored, as shares of the wearer's QRS amplitude or as ratios. In quiet every beat is, whatever its
 * shape: only in noise must a complex stand out clearly, or stand out and be like the wearer's own, as nothing else tells it from an artifact.
 */
export const ecgQualityLimits = {
  quietAmbient: 0.11,
  mostAmbient: 0.3,
  /** Least ratio of the complex to what surrounds it. */
  leastProminence: 1.5,
  /** What stands out so clearly need not be like the wearer's own. */
  clearProminence: 4,
  /** Most and, inverted, least steepness and strength against the wearer's own. */
  steepnessRatio: 1.4,
  strengthRatio: 1.3,
  /** Most that lies within 0.1 to 0.32 s of it, as a share of its own curvature. */
  mostRival: 0.8,
} as const

/** What a quality gate needs; nothing here depends on rhythm, and the shape of a beat counts only in noise. */
export interface BeatQuality {
  /** The sensor was at its rails for 2 % of the window or more. */
  saturated: boolean
  /** Noise power over the squared QRS amplitude of the wearer (of the beat, during warm-up); no unit. */
  noise: number
  /** How much the signal moves between the beats of the last two seconds, as a share of that amplitude. */
  ambient: number
  /** It moves so much that this may be no heartbeat. */
  artifact: boolean
  /** Of its shape were most of the last beats, as no artifact is: what moves between these is their own. */
  repeated?: boolean
  /** Every sample of the window was measured. */
  complete: boolean
}

export type UnfitReason = 'gap' | 'saturated' | 'noise' | 'artifact'

/** Why a beat cannot be scored, for training, calibration and edge alike; undefined where it can. */
export function unfitBecause(quality: BeatQuality, maxNoise: number): UnfitReason | undefined {
  if (!quality.complete) return 'gap'
  if (quality.saturated) return 'saturated'
  if (quality.noise > maxNoise) return 'noise'
  return quality.artifact ? 'artifact' : undefined
}

/** What the last two seconds look like, whether beats were found in them or not. */
export type SegmentQuality =
  /** Hardly anything moves: a heart that stands still, or an electrode that is off. */
  | 'quiet'
  /** As much as between beats or more: beats, fibrillation or electrode motion. */
  | 'moving'
  /** The sensor was at its rails for a tenth of the time or more. */
  | 'saturated'
  /** A tenth or more was not measured. */
  | 'gap'

/**
 * Tells heartbeats from electrode motion, which has its power where P, QRS and T have theirs and so escapes a measure of
 * high-frequency noise. First, how much the signal moves where no beat is: over two seconds, the 40 % quantile of the ranges of
 * 64-ms blocks. P, QRS and T fill the blocks above it up to some 200 beats a minute, regular or not. Only where that is much, the
 * complex is held against its surroundings and against the wearer's own.
 */
export class EcgQuality {
  private readonly steepness = new RunningMedian(settings.usualBeats)
  private readonly strength = new RunningMedian(settings.usualBeats)
  private readonly repeated = new RepeatedShape()
  private readonly signal = new Float64Array(context.points)
  private readonly curvature = new Float64Array(context.points)
  private readonly ranges = new Float64Array(Math.floor(context.points / settings.blockPoints))
  private readonly powers = new Float64Array(Math.floor(context.points / settings.surroundingsPoints))

  /**
   * Judges the beat at `peak`; 0.45 s after it must be there. `ring` holds the filtered signal (mV), sample i at `i & mask`,
   * `first` is the first sample since the last gap, `amplitude` the wearer's usual QRS amplitude, mV.
   */
  judge(
    ring: Float32Array,
    mask: number,
    { peak, first, rateHz, amplitude }: { peak: number; first: number; rateHz: number; amplitude: number },
  ): { ambient: number; artifact: boolean; repeated: boolean } {
    const start = this.take(ring, mask, peak, first, rateHz)
    const ambient = amplitude > 0 ? this.ambientRange(start) / amplitude : 0
    const complex = this.complex()
    // Fast beats leave no place where nothing moves.
    const repeated = this.repeated.push(this.signal, context.peak)
    const artifact = !repeated && this.isArtifact(ambient, complex, start)
    if (ambient <= ecgQualityLimits.quietAmbient || this.steepness.count < settings.learntBeats) {
      this.steepness.push(complex.steepness)
      this.strength.push(complex.strength)
    }
    return { ambient, artifact, repeated }
  }

  /** `ambient` of the two seconds that end with sample `last`, beats or not. */
  ambientUpTo(
    ring: Float32Array,
    mask: number,
    { last, first, rateHz, amplitude }: { last: number; first: number; rateHz: number; amplitude: number },
  ): number {
    const afterPeak = ((context.points - context.peak) * rateHz) / context.rateHz
    const start = this.take(ring, mask, last - afterPeak, first, rateHz)
    return amplitude > 0 ? this.ambientRange(start) / amplitude : 0
  }

  snapshot(): EcgQualitySnapshot {
    const { steepness, strength, repeated } = this
    return { steepness: steepness.snapshot(), strength: strength.snapshot(), repeated: repeated.snapshot() }
  }

  restore(snapshot: EcgQualitySnapshot): void {
    this.steepness.restore(snapshot.steepness)
    this.strength.restore(snapshot.strength)
    this.repeated.restore(snapshot.repeated)
  }

  /** Fills signal and curvature; returns the first point that was measured since the last gap. */
  private take(ring: Float32Array, mask: number, peak: number, first: number, rateHz: number): number {
    const { signal, curvature } = this
    const step = rateHz / context.rateHz
    for (let k = 0; k < context.points; k++) {
      const position = peak + (k - context.peak) * step
      const i = Math.floor(position)
      const a = ring[i & mask]!
      signal[k] = a + (position - i) * (ring[(i + 1) & mask]! - a)
    }
    const start = Math.max(0, context.peak - Math.floor((peak - first) / step))
    const n = settings.curvaturePoints
    curvature.fill(0)
    for (let k = start + n; k < context.points - n; k++) {
      curvature[k] = signal[k]! - (signal[k - n]! + signal[k + n]!) / 2
    }
    return start
  }

  private ambientRange(start: number): number {
    const { signal, ranges } = this
    const n = settings.blockPoints
    let blocks = 0
    for (let from = context.points - n; from >= start; from -= n) {
      let [high, low] = [-Infinity, Infinity]
      for (let k = from; k < from + n; k++) {
        const value = signal[k]!
        if (value > high) high = value
        if (value < low) low = value
      }
      ranges[blocks++] = high - low
    }
    return quantile(ranges.subarray(0, blocks), settings.ambientQuantile)
  }

  private complex(): Complex {
    const { curvature } = this
    const { peak } = context
    let [height, steepness] = [0, 0]
    for (let k = peak - settings.clearPoints; k <= peak + settings.clearPoints; k++) {
      height = Math.max(height, Math.abs(curvature[k]!))
      steepness = Math.max(steepness, Math.abs(curvature[k]! - curvature[k - 1]!))
    }
    const strength = this.power(peak - settings.complexPoints, peak + settings.complexPoints)
    return { height, steepness, strength }
  }

  private isArtifact(ambient: number, complex: Complex, start: number): boolean {
    const limits = ecgQualityLimits
    if (ambient <= limits.quietAmbient) return false
    if (ambient > limits.mostAmbient) return true
    if (this.highestBeside() > limits.mostRival * complex.height) return true
    const surroundings = this.surroundings(start)
    if (complex.strength >= limits.clearProminence * surroundings) return false
    return (
      complex.strength < limits.leastProminence * surroundings ||
      !isLike(complex.steepness, this.steepness, limits.steepnessRatio) ||
      !isLike(complex.strength, this.strength, limits.strengthRatio)
    )
  }

  /** Root mean square of the curvature in blocks outside of the complex, the upper quartile. */
  private surroundings(start: number): number {
    const { powers } = this
    const { surroundingsPoints: n, clearPoints, curvaturePoints } = settings
    let blocks = 0
    for (let to = context.peak - clearPoints - 1; to - n + 1 >= start + curvaturePoints; to -= n) {
      powers[blocks++] = this.power(to - n + 1, to)
    }
    for (let from = context.peak + clearPoints + 1; from + n <= context.points - curvaturePoints; from += n) {
      powers[blocks++] = this.power(from, from + n - 1)
    }
    return quantile(powers.subarray(0, blocks), settings.surroundingsQuantile)
  }

  private highestBeside(): number {
    const { clearPoints, rivalPoints } = settings
    let highest = 0
    for (let away = clearPoints + 1; away <= rivalPoints; away++) {
      highest = Math.max(highest, Math.abs(this.curvature[context.peak - away]!))
      highest = Math.max(highest, Math.abs(this.curvature[context.peak + away]!))
    }
    return highest
  }

  /** Root mean square of the curvature from one point to another, both included. */
  private power(from: number, to: number): number {
    let sum = 0
    for (let k = from; k <= to; k++) sum += this.curvature[k]! * this.curvature[k]!
    return Math.sqrt(sum / (to - from + 1))
  }
}

/** mV of curvature. */
interface Complex {
  height: number
  steepness: number
  strength: number
}

function isLike(value: number, usual: RunningMedian, ratio: number): boolean {
  if (usual.count < settings.leastBeats) return true
  return value <= ratio * usual.value && value * ratio >= usual.value
}

/** 0 of nothing. Sorts what it is given. */
function quantile(values: Float64Array, share: number): number {
  values.sort()
  return values[Math.floor(share * (values.length - 1))] ?? 0
}

export interface EcgQualitySnapshot {
  steepness: RunningMedianSnapshot
  strength: RunningMedianSnapshot
  repeated: RepeatedShapeSnapshot
}
