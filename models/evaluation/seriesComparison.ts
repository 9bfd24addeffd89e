import { atMiddles, scoreByBaseline, seriesBaselineNames } from '../series/seriesBaselines.ts'
import { nearestProfile } from '../series/nearestProfile.ts'
import { scoreSeries, sumOfTerms } from '../series/scoreSeries.ts'
import { fitSeries, seriesChoices, termNames, type SeriesVariant } from '../series/seriesDetector.ts'
import { stepsAPeriod, stepsOf, type SeriesPlan } from '../series/seriesPlan.ts'
import { smoothed } from '../series/smoothed.ts'
import type { TensorFlow } from '../training/backend.ts'

export interface SeriesComparison {
  plan: SeriesPlan
  /** Score of each step, by the detector's name. */
  scores: Map<string, Float32Array>
}

export interface ComparisonOptions {
  tf: TensorFlow
  seed: number
  /** `unlabelled`: it may hold anomalies as well. */
  beginning: 'normal' | 'unlabelled'
  /** Whether the detector is also run without its parts. */
  ablation?: boolean
}

/** The name under which the detector stands. */
export const detectorName = 'detector'

/** One change at a time. */
const variants: Record<string, SeriesVariant> = {
  'without smoothing': { smoothingPeriods: 0 },
  'smoothed over 0.25 periods': { smoothingPeriods: 0.25 },
  'smoothed over 0.75 periods': { smoothingPeriods: 0.75 },
  'memory of 256 windows': { memory: 256 },
  'memory of 4096 windows': { memory: 4096 },
  'all of the beginning learnt': { learnt: 'all' },
  'what is usual in the beginning': { learnt: 'usual' },
  'code replaced by its windows': { code: 'as windows' },
}

/**
 * A series scored by the detector and by all baselines, on the same steps and learnt from the same beginning; each step from
 * what lies before it and at most a period after it.
 * @throws RangeError for a beginning that nothing can be learnt from.
 */
export function compareOnSeries(
  values: Float64Array,
  trainPoints: number,
  { tf, seed, beginning, ablation = false }: ComparisonOptions,
): SeriesComparison {
  const train = values.subarray(0, trainPoints)
  const asUsual: SeriesVariant = { learnt: beginning === 'normal' ? 'all' : 'usual' }
  const fitted = fitSeries(train, { tf, seed, variant: asUsual })
  const { plan } = fitted
  const byTerm = scoreSeries(fitted, values)
  const scores = new Map([[detectorName, sumOfTerms(byTerm, termNames)]])
  for (const name of seriesBaselineNames)
    scores.set(name, scoreByBaseline(name, values, trainPoints, plan, { tf, seed }))
  if (!ablation) return { plan, scores }
  for (const name of termNames) {
    scores.set(`${name} alone`, byTerm.get(name)!)
    scores.set(
      `without ${name}`,
      sumOfTerms(
        byTerm,
        termNames.filter((other) => other !== name),
      ),
    )
  }
  for (const [name, variant] of Object.entries(variants)) {
    if (variant.learnt === asUsual.learnt) continue
    const encoder = variant.learnt === undefined ? fitted.encoder : undefined
    const other = fitSeries(train, { tf, seed, variant: { ...asUsual, ...variant }, ...(encoder && { encoder }) })
    scores.set(name, sumOfTerms(scoreSeries(other, values), termNames))
  }
  scores.set('nearest-normal, smoothed', smoothedNearest(values, trainPoints, plan))
  return { plan, scores }
}

function smoothedNearest(values: Float64Array, trainPoints: number, plan: SeriesPlan): Float32Array {
  const steps = stepsOf(values, plan)
  const length = stepsAPeriod(plan)
  const profile = nearestProfile(steps, Math.floor(trainPoints / plan.pointsAStep), length)
  const width = Math.floor(seriesChoices.smoothingPeriods * length)
  return atMiddles(smoothed(profile, width), length, steps.length)
}
