import { auroc, mean, quantile } from '../training/measures.ts'
import { addConfusions, confusionAt, confusionMetrics, type Confusion } from './confusion.ts'

/** What is learnt from, and what is judged. */
export interface Split {
  learn: readonly Float32Array[]
  normal: readonly Float32Array[]
  /** Of no use for learning, so that all of them can be judged in each split … */
  anomalous: readonly Float32Array[]
  /** … while in tables each counts in one split only: indices. */
  dealt: readonly number[]
}

/** A detector that has learnt, with scores of what it learnt from as if it had not seen that. */
export interface Learnt {
  /** Higher is more anomalous. */
  score: (window: Float32Array) => number
  heldOutScores: readonly number[]
}

/** Fits a detector to normal windows alone. */
export type Learn = (windows: readonly Float32Array[], seed: number) => Learnt

/** How one detector did. */
export interface OneClassResult {
  /** Area under the ROC curve of each split, anomalous positive. */
  aucs: number[]
  /** Of all splits together, each window judged once; the scores must be comparable between models. */
  pooledAuc: number
  /** Each window counts once. */
  confusion: Confusion
  /** Of all splits together, each window once; higher is more anomalous. */
  scores: { anomalous: number[]; normal: number[] }
}

/**
 * Lets a detector learn from the normal windows of each split and judge the rest. Its threshold is the quantile `q` of its held-out
 * scores: nothing that it judges, and no label, has a part in it.
 */
export function judgeOneClass(learn: Learn, splits: readonly Split[], seed: number, q: number): OneClassResult {
  const judged = splits.map(({ learn: windows, normal, anomalous, dealt }, s) => {
    const { score, heldOutScores } = learn(windows, seed * splits.length + s)
    const scores = { normal: normal.map(score), anomalous: anomalous.map(score) }
    const once = dealt.map((index) => scores.anomalous[index]!)
    return { ...scores, once, confusion: confusionAt(quantile(heldOutScores, q), once, scores.normal) }
  })
  const scores = { anomalous: judged.flatMap(({ once }) => once), normal: judged.flatMap(({ normal }) => normal) }
  return {
    aucs: judged.map(({ anomalous, normal }) => auroc(anomalous, normal)),
    pooledAuc: auroc(scores.anomalous, scores.normal),
    scores,
    confusion: addConfusions(judged.map(({ confusion }) => confusion)),
  }
}

/** Mean over runs with different seeds, under the names that `evaluate` uses; with several, how much `auc` differs too. */
export function oneClassMetrics(runs: readonly OneClassResult[]): Record<string, number> {
  const aucs = runs.map((run) => mean(run.aucs))
  const tables = runs.map(({ confusion }) => confusionMetrics(confusion))
  const average = (key: keyof (typeof tables)[number]) => mean(tables.map((table) => table[key]))
  const auc = mean(aucs)
  const deviation = Math.sqrt(aucs.reduce((sum, value) => sum + (value - auc) ** 2, 0) / (aucs.length - 1))
  return {
    auc,
    ...(runs.length > 1 && { 'auc.standardDeviation': deviation, 'auc.least': Math.min(...aucs) }),
    pooledAuc: mean(runs.map((run) => run.pooledAuc)),
    accuracy: average('accuracy'),
    f1: average('f1'),
    sensitivity: average('sensitivity'),
    specificity: average('specificity'),
    ppv: average('ppv'),
  }
}
