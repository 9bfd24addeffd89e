import type { Scorer, Scoring } from '../scorer.ts'
import { quantile } from '../training/measures.ts'
import { thin } from '../training/split.ts'
import type { WindowCounts } from './personal.ts'

/** A window of the wearer, unlabelled, in the signal's units. */
export interface WearerWindow {
  input: Float32Array
  /** Set by the caller; such a window is never learnt from. */
  unfit?: 'alarm' | 'low quality'
}

export const majorityChoices = {
  /** Share of the wearer's windows, by the population's score, that may be learnt from. */
  share: 0.8,
  /** A window is among its like if, of all considered, the nearest of this share lie … */
  neighbours: 0.1,
  /** … within so many times the distance that it takes for the median window; squared distances. */
  mostDistance: 2,
  /** Every window is held against every other. */
  mostWindows: 800,
} as const

/**
 * The windows of a wearer's majority behaviour: assessable, not anomalous for the population model, not in the upper fifth of
 * the wearer's own scores, and among many of their like. What less than a tenth of
 * the windows are like is a minority, however much alike they are.
 */
export function selectMajority(
  windows: readonly WearerWindow[],
  population: Scorer,
  threshold: number,
  scoring: Scoring,
): { selected: Float32Array[]; counts: WindowCounts } {
  const fit = windows.filter(({ unfit }) => unfit === undefined)
  const scored = fit.flatMap(({ input }) => {
    const score = population.score(input)?.score
    return score === undefined ? [] : [{ input, score }]
  })
  const own = quantile(
    scored.map(({ score }) => score),
    majorityChoices.share,
  )
  const usual = scored.filter(({ score }) => score <= own && score <= threshold).map(({ input }) => input)
  const considered = thin(usual, majorityChoices.mostWindows)
  const distances = neighbourDistances(considered, scoring)
  const most = majorityChoices.mostDistance * quantile(distances, 0.5)
  const selected = considered.filter((_, n) => distances[n]! <= most)
  return {
    selected,
    counts: {
      offered: windows.length,
      flagged: windows.length - fit.length,
      unscored: fit.length - scored.length,
      unusual: scored.length - usual.length,
      alone: considered.length - selected.length,
      used: selected.length,
    },
  }
}

/** Squared distance within which a tenth of all windows lie, by window; weighted as errors are in the score. */
function neighbourDistances(windows: readonly Float32Array[], scoring: Scoring): number[] {
  const others = Math.floor(majorityChoices.neighbours * (windows.length - 1))
  const rows = windows.map(() => new Float64Array(windows.length))
  for (let a = 0; a < windows.length; a++) {
    for (let b = 0; b < a; b++) rows[a]![b] = rows[b]![a] = distance(windows[a]!, windows[b]!, scoring)
  }
  // The nearest is the window itself.
  return rows.map((row) => row.sort()[others]!)
}

function distance(a: Float32Array, b: Float32Array, { weight, scale }: Scoring): number {
  let [sum, measured, all] = [0, 0, 0]
  for (let i = 0; i < weight.length; i++) {
    if (weight[i] === 0) continue
    all += weight[i]!
    const difference = (a[i]! - b[i]!) / scale[i]!
    if (Number.isNaN(difference)) continue
    sum += weight[i]! * difference * difference
    measured += weight[i]!
  }
  return measured > 0 ? (sum * all) / measured : Infinity
}
