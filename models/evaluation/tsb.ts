import type { LabelledSeries } from './seriesFiles.ts'

/** Share of a series, from its start, that may be learnt from. */
const learntShare = 0.1

/**
 * What is learnt of the first tenth. `unlabelled`: all of it, as a gateway would, which knows no labels: the first anomaly may lie
 * within seconds of the start. `labelled`: an oracle, all but the labelled points and what is around them.
 */
export const trainingRules = ['unlabelled', 'labelled'] as const
export type TrainingRule = (typeof trainingRules)[number]

export interface TsbSplit {
  /** What is learnt, and after it what is judged. */
  values: Float64Array
  trainPoints: number
  /** Of what is judged. */
  labels: Uint8Array
  /** Labelled points that were left out of what is learnt, with their surroundings. */
  leftOut: number
}

/**
 * The first tenth of a series is learnt, the rest is judged.
 * @param margin points that an oracle leaves out on both sides of labelled ones
 * @throws RangeError where too little is left, or the rest holds no anomaly, or nothing else
 */
export function splitTsb({ values, labels }: LabelledSeries, margin: number, rule: TrainingRule): TsbSplit {
  const end = Math.floor(values.length * learntShare)
  const out = new Uint8Array(end)
  for (let i = 0; rule === 'labelled' && i < Math.min(end + margin, labels.length); i++)
    if (labels[i] === 1) out.fill(1, Math.max(0, i - margin), Math.min(end, i + margin + 1))
  const learnt = values.subarray(0, end).filter((_, i) => out[i] === 0)
  const rest = labels.subarray(end)
  const anomalous = rest.reduce((sum, label) => sum + label, 0)
  if (learnt.length < 10 * margin)
    throw new RangeError(`expected ${10 * margin} points to learn in the first tenth, received ${learnt.length}`)
  if (anomalous === 0 || anomalous === rest.length)
    throw new RangeError(
      `expected some anomalous points after the first tenth, received ${anomalous} of ${rest.length}`,
    )
  const joined = new Float64Array(learnt.length + values.length - end)
  joined.set(learnt)
  joined.set(values.subarray(end), learnt.length)
  return { values: joined, trainPoints: learnt.length, labels: rest, leftOut: end - learnt.length }
}
