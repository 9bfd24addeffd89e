import { highestPeak } from './alarmPeaks.ts'
import type { AlarmLogic, Scores } from './alarmLogic.ts'
import type { Block } from './wearerScores.ts'

export interface BlockQuantile {
  threshold: number
  share: number
  resolvedAlarmsPerWearerDay: number
}

/**
 * The threshold at which such a share of the blocks stays without an alarm as the budget would leave, alarms coming by chance:
 * exp(-budget · days); or, where there are too few blocks for that, the highest that they resolve.
 */
export function blockQuantile(
  wearers: readonly { scores: Scores; blocks: readonly Block[] }[],
  logic: AlarmLogic,
  budget: number,
): BlockQuantile {
  const peaks = wearers.flatMap(({ scores, blocks }) =>
    blocks.map(({ from, to }) => highestPeak(scores, logic, from, to) ?? 0),
  )
  const days = wearers.reduce((sum, { blocks }) => sum + blocks.reduce((inner, block) => inner + block.days, 0), 0)
  const n = peaks.length
  peaks.sort((a, b) => a - b)
  const share = Math.min(Math.exp((-budget * days) / n), n / (n + 1))
  const resolvedAlarmsPerWearerDay = (-Math.log(n / (n + 1)) * n) / days
  return {
    threshold: peaks[Math.min(n - 1, Math.ceil(share * (n + 1)) - 1)]!,
    share,
    resolvedAlarmsPerWearerDay,
  }
}
