import { countAlarms, type AlarmLogic } from './alarmLogic.ts'
import type { Calibration } from './calibration.ts'
import { poissonInterval } from './poissonInterval.ts'
import type { ScoreProcess } from './simulatedScores.testing.ts'
import { spreadOf, type WearerCount } from './spread.ts'
import { calibrateThreshold } from './calibrateThreshold.ts'
import { resampledMean } from './achievedBounds.testing.ts'

export interface Trial {
  budget: number
  /** Wearers to calibrate on and to judge on; never the same. */
  calibrated: { wearers: number; days: number }
  judged: { wearers: number; days: number }
  seed: number
}

export interface Achieved {
  calibration: Calibration
  alarms: number
  /** Alarms a wearer-day of the unseen wearers. */
  rate: number
  /** 95 %, if alarms came by chance alone; exact. */
  poisson: { low: number; high: number }
  /** 95 %, wearers drawn with replacement: they differ. */
  wearers: { low: number; high: number }
  spread: Calibration['spread']
  /** Rate of the unseen wearers at the naive threshold. */
  naiveRate: number
}

/** Calibrates on some wearers of a process, and counts the alarms of others. */
export function achieve(process: ScoreProcess, logic: AlarmLogic, trial: Trial): Achieved {
  const { budget, calibrated, judged, seed } = trial
  const first = seed * 1_000_003
  const wearers = (from: number, { wearers: count, days }: Trial['judged']) =>
    Array.from({ length: count }, (_, i) => process(first + from + i, days))
  const calibration = calibrateThreshold(wearers(0, calibrated), logic, { budget, seed })
  const unseen = wearers(500_000, judged)
  const countAt = (threshold: number): WearerCount[] =>
    unseen.map((scores) => ({ days: judged.days, alarms: countAlarms(scores, logic, threshold) }))
  const total = (counts: WearerCount[]) => counts.reduce((sum, { alarms }) => sum + alarms, 0)
  const counts = countAt(calibration.threshold)
  const days = judged.wearers * judged.days
  const alarms = total(counts)
  const exact = poissonInterval(alarms, 0.95)
  return {
    calibration,
    alarms,
    rate: alarms / days,
    poisson: { low: exact.low / days, high: exact.high / days },
    wearers: resampledMean(
      counts.map((count) => count.alarms / count.days),
      seed,
    ),
    spread: spreadOf(counts, budget),
    naiveRate: total(countAt(calibration.naive.threshold)) / days,
  }
}
