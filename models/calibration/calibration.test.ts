import { describe, expect, it } from 'vitest'
import { alarmLogicOf } from '../cli/alarmLogics.ts'
import { achieve } from './achieved.testing.ts'
import { promised } from './calibrateThreshold.ts'
import { scoreProcesses } from './simulatedScores.testing.ts'

const long = process.env['VITAL_EDGE_LONG'] === '1'
const logics = [
  { code: 'vitals-anomaly', stepSeconds: 60 },
  { code: 'ecg-anomaly', stepSeconds: 15 },
] as const
const budgets = long ? [0.5, 1] : [0.5]
const seeds = Array.from({ length: long ? 10 : 1 }, (_, i) => 101 + i)
/** A trial in twenty may miss by chance: of 200 wearer-days and of those calibrated on. */
const mayMiss = long ? 0.1 : 0

const trials = logics.flatMap(({ code, stepSeconds }) =>
  Object.keys(scoreProcesses).flatMap((name) => budgets.map((budget) => ({ code, stepSeconds, name, budget }))),
)

describe('calibration holds what it promises on 200 wearer-days of unseen wearers', () => {
  it.each(trials)(
    '$code, $name, $budget alarms a wearer-day',
    ({ code, stepSeconds, name, budget }) => {
      const achieved = seeds.map((seed) =>
        achieve(scoreProcesses[name]!(stepSeconds), alarmLogicOf(code), {
          budget,
          calibrated: { wearers: 100, days: 1 },
          judged: { wearers: 100, days: 2 },
          seed,
        }),
      )
      for (const { calibration, rate, poisson, wearers, spread, naiveRate } of achieved) {
        const shown = { rate, poisson, wearers, naiveRate, spread }
        console.info(`${code}, ${name}, ${budget}: ${JSON.stringify(shown, (_, x: unknown) => rounded(x))}`)
        expect(calibration.supported).toBe(true)
        // The naive quantile of single windows misses it by far.
        expect(naiveRate).toBeLessThan(promised.least * budget)
      }
      const within = ({ low, high }: { low: number; high: number }) =>
        low >= promised.least * budget && high <= promised.most * budget
      const misses = achieved.filter(({ poisson, wearers }) => !within(poisson) || !within(wearers))
      expect(misses.length).toBeLessThanOrEqual(mayMiss * seeds.length)
    },
    600_000,
  )
})

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(3)) : value
}
