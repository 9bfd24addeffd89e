import { quantile, share } from '../training/measures.ts'
import type { Calibration } from './calibration.ts'

/** Alarms of one wearer, and the wearer-days they were counted in. */
export interface WearerCount {
  days: number
  alarms: number
}

/** How wearers differ in their alarms a wearer-day. */
export function spreadOf(counts: readonly WearerCount[], budget: number): Calibration['spread'] {
  const rates = counts.map(({ alarms, days }) => alarms / days)
  const alarms = counts.reduce((sum, count) => sum + count.alarms, 0)
  const days = counts.reduce((sum, count) => sum + count.days, 0)
  return {
    lowest: Math.min(...rates),
    median: quantile(rates, 0.5),
    highest: Math.max(...rates),
    withoutAlarm: share(counts, (count) => count.alarms === 0),
    aboveTwiceBudget: share(rates, (rate) => rate > 2 * budget),
    ...(alarms > 0 && counts.length > 1 && { dispersion: dispersion(counts, alarms / days) }),
  }
}

/** Pearson's: 1 where everybody has the same rate and alarms come by chance. */
function dispersion(counts: readonly WearerCount[], rate: number): number {
  const squares = counts.map(({ alarms, days }) => (alarms - rate * days) ** 2 / (rate * days))
  return squares.reduce((sum, square) => sum + square, 0) / (counts.length - 1)
}
