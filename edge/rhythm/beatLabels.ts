import { ecgQualityLimits } from '../../models/inputs/ecgQuality.ts'
import { ecgBeatInput } from '../../models/inputs/inputSchema.ts'
import type { Beat } from '../../models/inputs/beatStream.ts'
import { widthAgainst } from './complexWidth.ts'

/**
 * What a rule may take a beat for; it is no diagnosis. `doubtful`: like a ventricular one, but so much moves around it that it
 * may be no beat, as in a fast run of wide ones; or far too small. `obscured`: like the usual one in as much movement.
 * `unknown`: not measured well, unlike the usual one but too narrow to come from a ventricle, or the wearer is not known yet.
 */
export type BeatLabel = 'usual' | 'ventricular' | 'supraventricular' | 'doubtful' | 'obscured' | 'unknown'

export const beatLabelSettings = {
  /** Shape is compared from 96 ms before to 160 ms after the R peak: the QRS complex, also a wide one, and what follows it. */
  from: ecgBeatInput.pointsBefore - 12,
  to: ecgBeatInput.pointsBefore + 20,
  /** Below it a shape is unlike the wearer's usual beat whenever it comes; below the next one, if it is premature. */
  unlikeCorrelation: 0.7,
  unlikePrematureCorrelation: 0.9,
  /** Share of the usual interval below which a beat is premature. */
  prematureShare: 0.87,
  /** After a ventricular-like beat so close, one need not be premature. */
  rapidSeconds: 0.6,
  learntBeats: 24,
  /** Share of the usual height below which it is no QRS complex but, as in ventricular standstill, a P wave. */
  leastHeight: 0.25,
  /** How much of each usual beat is followed. */
  followed: 0.05,
  followedInterval: 0.1,
  /** The R peak of one beat may be the S wave of the next: shapes are compared at shifts of up to 80 ms, in steps of 16. */
  mostShift: 10,
  shiftStep: 2,
} as const

/** Plain JSON. */
export interface BeatLabelsState {
  /** Mean input of usual beats: half the wearer's usual beat, in shares of its QRS amplitude. */
  half: number[]
  beats: number
  /** s; 0: not known yet. */
  usualRrSeconds: number
  /** The beat before was unlike the usual one. */
  unlike: boolean
}

/**
 * Labels beats by prematurity and by likeness to the wearer's usual beat: causal, a few hundred multiplications a beat.
 * After de Chazal, IEEE TBME 51(7):1196-1206, 2004, as far as what tells the classes apart: morphology and RR intervals.
 */
export class BeatLabels {
  private state: BeatLabelsState = { half: [], beats: 0, usualRrSeconds: 0, unlike: false }

  push({ input, quality, rrSeconds }: Beat): BeatLabel {
    const { state } = this
    const { learntBeats, rapidSeconds, prematureShare } = beatLabelSettings
    if (input === undefined || quality.saturated || !quality.complete) {
      state.unlike = false
      return 'unknown'
    }
    const part = input.subarray(0, ecgBeatInput.points)
    const learning = state.beats < learntBeats
    if (learning) {
      if (!quality.artifact) this.learn(part, rrSeconds, 1 / (state.beats + 1))
      return 'unknown'
    }
    const rapid = state.unlike && rrSeconds !== undefined && rrSeconds <= rapidSeconds
    const premature = rrSeconds !== undefined && rrSeconds < prematureShare * state.usualRrSeconds
    const { unlikeCorrelation, unlikePrematureCorrelation } = beatLabelSettings
    const least = premature || rapid ? unlikePrematureCorrelation : unlikeCorrelation
    const width = widthOf(part, state.half)
    state.unlike = likenessOf(part, state.half) < least || (premature && width === 'wider')
    if (quality.artifact) return state.unlike ? 'doubtful' : 'obscured'
    if (isSmall(part, state.half)) return 'doubtful'
    if (state.unlike && width === 'narrower') {
      state.unlike = false
      return premature ? 'supraventricular' : 'unknown'
    }
    // What moves can make a beat unlike the others, and no two alike.
    const isMoved = quality.ambient > ecgQualityLimits.quietAmbient && quality.repeated !== true
    if (state.unlike) return isMoved ? 'doubtful' : 'ventricular'
    this.learn(part, premature ? undefined : rrSeconds, beatLabelSettings.followed)
    return premature ? 'supraventricular' : 'usual'
  }

  private learn(input: Float32Array, rrSeconds: number | undefined, share: number): void {
    const { state } = this
    const { learntBeats, followedInterval } = beatLabelSettings
    if (state.beats === 0) state.half = Array.from(input)
    for (let i = 0; i < input.length; i++) state.half[i]! += share * (input[i]! - state.half[i]!)
    state.beats = Math.min(learntBeats, state.beats + 1)
    if (rrSeconds === undefined) return
    state.usualRrSeconds += (state.usualRrSeconds === 0 ? 1 : followedInterval) * (rrSeconds - state.usualRrSeconds)
  }

  snapshot(): BeatLabelsState {
    return structuredClone(this.state)
  }

  static restore(saved: BeatLabelsState): BeatLabels {
    const labels = new BeatLabels()
    labels.state = structuredClone(saved)
    return labels
  }
}

/** `input` lacks half of the usual beat already. */
function widthOf(input: Float32Array, half: readonly number[]): ReturnType<typeof widthAgainst> {
  const { from, to } = beatLabelSettings
  const usual = half.slice(from, to)
  return widthAgainst(
    usual.map((value, i) => value + input[from + i]!),
    usual.map((value) => 2 * value),
  )
}

/** `input` lacks half of the usual beat already. */
function isSmall(input: Float32Array, half: readonly number[]): boolean {
  const { from, to, leastHeight } = beatLabelSettings
  let [high, low, usualHigh, usualLow] = [-Infinity, Infinity, -Infinity, Infinity]
  for (let i = from; i < to; i++) {
    const value = input[i]! + half[i]!
    high = Math.max(high, value)
    low = Math.min(low, value)
    usualHigh = Math.max(usualHigh, 2 * half[i]!)
    usualLow = Math.min(usualLow, 2 * half[i]!)
  }
  return high - low < leastHeight * (usualHigh - usualLow)
}

/** The best correlation over the shifts. `input` lacks half of the usual beat already. */
function likenessOf(input: Float32Array, half: readonly number[]): number {
  const { mostShift, shiftStep } = beatLabelSettings
  let best = -1
  for (let shift = -mostShift; shift <= mostShift; shift += shiftStep)
    best = Math.max(best, correlation(input, half, shift))
  return best
}

/** Of the beat, moved by so many points, with the usual one, both without their means. */
function correlation(input: Float32Array, half: readonly number[], shift: number): number {
  const { from, to } = beatLabelSettings
  const length = to - from
  let [a, b, ab, aa, bb] = [0, 0, 0, 0, 0]
  for (let i = from; i < to; i++) {
    const x = input[i + shift]! + half[i + shift]!
    const y = half[i]!
    a += x
    b += y
    ab += x * y
    aa += x * x
    bb += y * y
  }
  const spreads = (aa - (a * a) / length) * (bb - (b * b) / length)
  return spreads > 0 ? (ab - (a * b) / length) / Math.sqrt(spreads) : 0
}
