import { ecgBeatInput } from '../../models/inputs/inputSchema.ts'
import type { Beat } from '../../models/inputs/beatStream.ts'

/** What a rule may take a beat for; it is no diagnosis. `unknown`: not measured well, or the wearer is not known yet. */
export type BeatLabel = 'usual' | 'ventricular' | 'supraventricular' | 'unknown'

export const beatLabelSettings = {
  /** Shape is compared from 96 ms before to 160 ms after the R peak: the QRS complex, also a wide one, and what follows it. */
  from: ecgBeatInput.pointsBefore - 12,
  to: ecgBeatInput.pointsBefore + 20,
  /** Below it a shape is unlike the wearer's usual beat whenever it comes; below the next one, if it is premature. */
  unlikeCorrelation: 0.5,
  unlikePrematureCorrelation: 0.8,
  /** Share of the usual interval below which a beat is premature. */
  prematureShare: 0.87,
  learntBeats: 8,
  /** How much of each usual beat is followed. */
  followed: 0.05,
} as const

/** Plain JSON. */
export interface BeatLabelsState {
  /** Mean input of usual beats: half the wearer's usual beat, in shares of its QRS amplitude. */
  half: number[]
  beats: number
  /** s; 0: not known yet. */
  usualRrSeconds: number
}

/**
 * Labels beats by prematurity and by likeness to the wearer's usual beat: causal, a few hundred multiplications a beat.
 * After de Chazal, IEEE TBME 51(7):1196-1206, 2004, as far as what tells the classes apart: morphology and RR intervals.
 */
export class BeatLabels {
  private state: BeatLabelsState = { half: [], beats: 0, usualRrSeconds: 0 }

  push({ input, quality, rrSeconds }: Beat): BeatLabel {
    const { state } = this
    const { from, to, learntBeats, followed, prematureShare } = beatLabelSettings
    if (input === undefined || quality.saturated || quality.artifact || !quality.complete) return 'unknown'
    const part = input.subarray(from, to)
    if (state.beats === 0) state.half = Array.from(part)
    const likeness = state.beats < learntBeats ? 1 : correlation(part, state.half)
    const premature =
      rrSeconds !== undefined && state.usualRrSeconds > 0 && rrSeconds < prematureShare * state.usualRrSeconds
    const label = labelOf(likeness, premature)
    if (label !== 'ventricular') {
      const share = state.beats < learntBeats ? 1 / (state.beats + 1) : followed
      for (let i = 0; i < part.length; i++) state.half[i]! += share * (part[i]! - state.half[i]!)
      state.beats = Math.min(learntBeats, state.beats + 1)
    }
    if (rrSeconds !== undefined && label === 'usual')
      state.usualRrSeconds += (state.usualRrSeconds === 0 ? 1 : 0.1) * (rrSeconds - state.usualRrSeconds)
    else if (rrSeconds !== undefined && label === 'supraventricular')
      state.usualRrSeconds += 0.05 * (rrSeconds - state.usualRrSeconds)
    return state.beats < learntBeats ? 'unknown' : label
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

function labelOf(likeness: number, premature: boolean): BeatLabel {
  const { unlikeCorrelation, unlikePrematureCorrelation } = beatLabelSettings
  if (likeness < (premature ? unlikePrematureCorrelation : unlikeCorrelation)) return 'ventricular'
  return premature ? 'supraventricular' : 'usual'
}

/** Of the beat with the usual one, both without their means; `input` lacks half of the usual beat already. */
function correlation(input: Float32Array, half: readonly number[]): number {
  let [sumA, sumB] = [0, 0]
  for (let i = 0; i < half.length; i++) {
    sumA += input[i]! + half[i]!
    sumB += half[i]!
  }
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < half.length; i++) {
    const a = input[i]! + half[i]! - sumA / half.length
    const b = half[i]! - sumB / half.length
    ab += a * b
    aa += a * a
    bb += b * b
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0
}
