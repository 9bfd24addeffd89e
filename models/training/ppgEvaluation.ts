import type { Scorer } from '../scorer.ts'
import { auroc, mean, quantile, share } from './measures.ts'

/** A stretch of stream time, µs, in which one thing went on. */
export interface PpgStretch {
  label: string
  from: number
  to: number
}

export interface LabelledPpgWindow {
  label: string
  input: Float32Array
}

/** Windows of one person. */
export interface PpgSource {
  seed: number
  windows: readonly LabelledPpgWindow[]
}

export interface PpgMeasures {
  /** Mean over the kinds of fault of the area under the ROC curve, against all good windows. */
  auroc: number
  /** By label: area under the ROC curve against all good windows. */
  aurocs: Record<string, number>
  /** By label, good and bad: share of the windows that are said not to be assessable. */
  refused: Record<string, number>
  /** Of all good windows. */
  goodRefused: number
}

/** Holds good persons' windows against those of persons with faults; `rest` among the latter is good too. */
export function measurePpg(
  scorer: Scorer,
  threshold: number,
  good: readonly PpgSource[],
  faulty: readonly PpgSource[],
): PpgMeasures {
  const goodScores = scoresByLabel(scorer, good)
  const badScores = scoresByLabel(scorer, faulty)
  badScores.delete('rest')
  const all = [...goodScores.values()].flat()
  const refusedOf = (scores: readonly number[]) => share(scores, (score) => score > threshold)
  const aurocs = Object.fromEntries([...badScores].map(([label, scores]) => [label, auroc(scores, all)]))
  return {
    auroc: mean(Object.values(aurocs)),
    aurocs,
    refused: Object.fromEntries([...goodScores, ...badScores].map(([label, scores]) => [label, refusedOf(scores)])),
    goodRefused: refusedOf(all),
  }
}

/** The lowest threshold at which this share of good windows of every label, and so of every rhythm, is at or below it. */
export function ppgThreshold(scorer: Scorer, good: readonly PpgSource[], share: number): number {
  return Math.max(...[...scoresByLabel(scorer, good).values()].map((scores) => quantile(scores, share)))
}

/** A window without a score counts as refused: unknown is never normal. */
export function scoresByLabel(scorer: Scorer, sources: readonly PpgSource[]): Map<string, number[]> {
  const scores = new Map<string, number[]>()
  for (const { label, input } of sources.flatMap(({ windows }) => windows)) {
    const own = scores.get(label) ?? []
    own.push(scorer.score(input)?.score ?? Infinity)
    scores.set(label, own)
  }
  return scores
}
