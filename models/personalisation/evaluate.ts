import type { AlarmLogic } from '../calibration/alarmLogic.ts'
import { unfitBecause } from '../inputs/ecgQuality.ts'
import type { Scorer } from '../scorer.ts'
import type { TensorFlow } from '../training/backend.ts'
import { isAnomalous, type BeatClass } from '../training/beatClasses.ts'
import { ecgBeatChoices } from '../training/ecgBeatChoices.ts'
import type { TrainingSource } from '../training/ecgBeatFit.ts'
import { auroc, share } from '../training/measures.ts'
import { scorerFor, type Anchor } from './anchor.ts'
import { markUnfit, type StreamedWindow } from './flags.ts'
import { personalise, type Personalised, type ThresholdChoice } from './personalise.ts'

/** A model on a wearer's later beats. `NaN` where there are too few of a class. */
export interface BeatMeasures {
  /** Of S, V and F against N. */
  auroc: number
  /** Average precision of the same. */
  ap: number
  /** Shares of N, and of V, above the threshold. */
  normalAbove: number
  ventricularAbove: number
}

export interface RecordComparison {
  record: string
  /** Beats after the first minutes: S, V and F; and N. */
  anomalous: number
  normal: number
  population: BeatMeasures
  /** By where the threshold comes from. Of a wearer who cannot be learnt, the population model's. */
  personal: Record<ThresholdChoice, BeatMeasures>
  /** Why the wearer was not learnt. */
  refused?: string
  windows?: Personalised['windows']
  drift?: Personalised['drift']
}

export interface ComparisonOptions {
  tf: TensorFlow
  seed: number
  /** Of the recording, learnt from without labels; only what comes later is judged. */
  minutes: number
  logic: AlarmLogic
}

/** A population model that has not seen the person, against the same after the record's first minutes, on the later beats. */
export function compareOnRecord(
  anchor: Anchor,
  { name, beats }: TrainingSource,
  { tf, seed, minutes, logic }: ComparisonOptions,
): RecordComparison {
  const assessable = beats.flatMap(({ beat, label }) => {
    const { input, tick: at, quality } = beat
    if (input === undefined) return []
    const lowQuality = unfitBecause(quality, ecgBeatChoices.maxNoise) !== undefined
    return [{ at, input, lowQuality, label }]
  })
  const until = minutes * 60e6
  const early: StreamedWindow[] = assessable.filter(({ at }) => at < until)
  const later = assessable.flatMap(({ at, input, label, lowQuality }) =>
    at >= until && !lowQuality && label !== undefined && label !== 'Q' ? [{ input, label }] : [],
  )
  const count = (condition: (label: BeatClass) => boolean) => later.filter(({ label }) => condition(label)).length
  const population = scorerFor(anchor, anchor)
  const base = {
    record: name,
    anomalous: count(isAnomalous),
    normal: count((label) => label === 'N'),
    population: measureBeats(population, anchor.threshold, later),
  }
  const windows = markUnfit(early, population, anchor.threshold, logic)
  try {
    const model = personalise(anchor, windows, { tf, seed, threshold: 'own' })
    const scorer = scorerFor(anchor, model)
    const personal = {
      population: measureBeats(scorer, anchor.threshold, later),
      own: measureBeats(scorer, model.threshold, later),
    }
    return { ...base, personal, windows: model.windows, drift: model.drift }
  } catch (error) {
    const refused = error instanceof Error ? error.message : String(error)
    return { ...base, personal: { population: base.population, own: base.population }, refused }
  }
}

/** Records in which the second is better, worse and the same; those without enough anomalous beats are left out. */
export function countWins(
  comparisons: readonly RecordComparison[],
  measure: (measures: BeatMeasures) => number,
  threshold: ThresholdChoice,
): { better: number; worse: number; same: number } {
  const counts = { better: 0, worse: 0, same: 0 }
  for (const { population, personal } of comparisons) {
    const gain = measure(personal[threshold]) - measure(population)
    if (gain > 0) counts.better++
    else if (gain < 0) counts.worse++
    else if (gain === 0) counts.same++
  }
  return counts
}

/** Fewer anomalous beats say nothing. */
const leastAnomalous = 10

function measureBeats(
  scorer: Scorer,
  threshold: number,
  beats: readonly { input: Float32Array; label: BeatClass }[],
): BeatMeasures {
  const scored = beats.map(({ input, label }) => ({ label, score: scorer.score(input)!.score }))
  const scoresOf = (condition: (label: BeatClass) => boolean) =>
    scored.filter(({ label }) => condition(label)).map(({ score }) => score)
  const [anomalous, normal] = [scoresOf(isAnomalous), scoresOf((label) => label === 'N')]
  const enough = anomalous.length >= leastAnomalous && normal.length > 0
  const above = (scores: readonly number[]) => share(scores, (score) => score > threshold)
  return {
    auroc: enough ? auroc(anomalous, normal) : NaN,
    ap: enough ? averagePrecision(anomalous, normal) : NaN,
    normalAbove: above(normal),
    ventricularAbove: above(scoresOf((label) => label === 'V')),
  }
}

/** Mean over the anomalous scores of the precision at each; equal scores count as one threshold. */
export function averagePrecision(anomalous: readonly number[], normal: readonly number[]): number {
  const all = [...anomalous.map((score) => ({ score, hit: 1 })), ...normal.map((score) => ({ score, hit: 0 }))]
  all.sort((a, b) => b.score - a.score)
  let [sum, hits] = [0, 0]
  for (let i = 0, j = 0; i < all.length; i = j) {
    let own = 0
    while (j < all.length && all[j]!.score === all[i]!.score) own += all[j++]!.hit
    hits += own
    sum += (own * hits) / j
  }
  return sum / anomalous.length
}
