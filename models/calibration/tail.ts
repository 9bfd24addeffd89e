import { seededRandom } from '../training/random.ts'
import { exceedance, excessOf, fitGeneralisedPareto, type GeneralisedPareto } from './generalisedPareto.ts'

/** What is drawn together when data are resampled: a wearer or a block. */
export interface Unit {
  days: number
  /** Peaks above u. */
  peaks: readonly number[]
}

/** Rate of alarms above `u`, falling as the logarithm of the score does. */
export interface Tail extends GeneralisedPareto {
  u: number
  alarmsPerWearerDay: number
}

/** Fits the tail; undefined below two different peaks. Logarithms, as squared errors of different wearers differ by factors. */
export function fitTail(units: readonly Unit[], u: number): Tail | undefined {
  const excesses = units.flatMap(({ peaks }) => peaks.map((peak) => Math.log(peak / u)))
  const days = units.reduce((sum, unit) => sum + unit.days, 0)
  const fitted = fitGeneralisedPareto(excesses)
  return fitted && { ...fitted, u, alarmsPerWearerDay: excesses.length / days }
}

/** Alarms a wearer-day above a threshold. */
export function rateAbove(tail: Tail, threshold: number): number {
  return tail.alarmsPerWearerDay * exceedance(tail, Math.log(threshold / tail.u))
}

/** The threshold with so many alarms a wearer-day, fewer than at `u`. */
export function thresholdOf(tail: Tail, alarmsPerWearerDay: number): number {
  return tail.u * Math.exp(excessOf(tail, alarmsPerWearerDay / tail.alarmsPerWearerDay))
}

/**
 * Bounds of the rate above a threshold by the bootstrap: units drawn with replacement, the tail fitted anew each time (percentiles;
 * Efron & Tibshirani, 1993).
 */
export function resampledRate(
  units: readonly Unit[],
  { u }: Tail,
  threshold: number,
  { confidence, resamples, seed }: { confidence: number; resamples: number; seed: number },
): { low: number; high: number } {
  const random = seededRandom(seed)
  const rates = Array.from({ length: resamples }, () => {
    const drawn = units.map(() => units[Math.floor(random() * units.length)]!)
    const tail = fitTail(drawn, u)
    return tail === undefined ? 0 : rateAbove(tail, threshold)
  })
  rates.sort((a, b) => a - b)
  const at = (share: number) => rates[Math.round(share * (resamples - 1))]!
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) }
}
