import { autocorrelation } from './autocorrelation.ts'

/** How a series of unknown rate is looked at; from its normal beginning alone. */
export interface SeriesPlan {
  /** Points after which it is most like itself. */
  period: number
  /** Points of which the mean makes a step: all that follows works on steps. */
  pointsAStep: number
  /** Of the normal beginning, in steps. */
  mean: number
  spread: number
}

/** The same for every series. */
export const planChoices = {
  /** A step is as many whole points as leave at least so many steps a period. */
  leastStepsAPeriod: 64,
  /** Periods are looked for among these lags, in points; shorter ones are noise. */
  shortestPeriod: 16,
  longestPeriod: 2000,
  /** Where nothing repeats. */
  otherwise: 64,
  /** Periods that the beginning must hold at least. */
  leastPeriods: 3,
} as const

/**
 * The period is the highest local maximum of the autocorrelation.
 * @param train finite values without anomalies.
 * @throws RangeError where there are too few values, one is not finite, or all are alike.
 */
export function planSeries(train: Float64Array): SeriesPlan {
  const { leastStepsAPeriod, shortestPeriod, longestPeriod, otherwise, leastPeriods } = planChoices
  const least = leastPeriods * shortestPeriod
  if (train.length < least) throw new RangeError(`train: expected at least ${least} values, received ${train.length}`)
  const broken = train.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0) throw new RangeError(`train[${broken}]: expected a finite value, received ${train[broken]}`)
  const lags = Math.min(longestPeriod, Math.floor(train.length / leastPeriods))
  const period = highestPeak(autocorrelation(train, lags + 1), shortestPeriod, lags) ?? Math.min(otherwise, lags)
  const pointsAStep = Math.max(1, Math.floor(period / leastStepsAPeriod))
  const steps = meansOf(train, pointsAStep)
  const mean = steps.reduce((sum, value) => sum + value / steps.length, 0)
  const spread = Math.sqrt(steps.reduce((sum, value) => sum + (value - mean) ** 2 / steps.length, 0))
  if (!(spread > 0)) throw new RangeError(`train: expected values that differ, received ${train.length} alike`)
  return { period, pointsAStep, mean, spread }
}

/** Steps of a period. */
export function stepsAPeriod({ period, pointsAStep }: SeriesPlan): number {
  return Math.round(period / pointsAStep)
}

/** A series as it is looked at: means of whole steps, in spreads from the mean of its beginning. */
export function stepsOf(values: Float64Array, { pointsAStep, mean, spread }: SeriesPlan): Float32Array {
  return Float32Array.from(meansOf(values, pointsAStep), (value) => (value - mean) / spread)
}

function meansOf(values: Float64Array, points: number): Float64Array {
  return Float64Array.from({ length: Math.floor(values.length / points) }, (_, step) => {
    let sum = 0
    for (let i = step * points; i < (step + 1) * points; i++) sum += values[i]!
    return sum / points
  })
}

function highestPeak(correlation: Float64Array, from: number, to: number): number | undefined {
  let best: number | undefined
  for (let lag = from; lag <= Math.min(to, correlation.length - 2); lag++) {
    const here = correlation[lag]!
    const peak = here > correlation[lag - 1]! && here >= correlation[lag + 1]!
    if (peak && (best === undefined || here > correlation[best]!)) best = lag
  }
  return best
}
