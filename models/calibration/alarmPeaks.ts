import { alarmSpans, countAlarms, type AlarmLogic, type AlarmSpan, type Scores } from './alarmLogic.ts'

/** An alarm's peak: the highest threshold below which it is still raised. */
export interface AlarmPeak {
  peak: number
  /** Window at which the cluster begins. */
  at: number
}

/**
 * Peaks of the alarms above `u`, declustered by the alarm logic itself: the k-th highest is the threshold below which k alarms are
 * raised, so that the number of peaks above a threshold is the number of alarms there. Alarms that run together at a lower threshold
 * keep the peaks they have apart.
 */
export function alarmPeaks(scores: Scores, logic: AlarmLogic, u: number): AlarmPeak[] {
  return alarmSpans(scores, logic, u).flatMap((span) =>
    peaksWithin(scores, logic, u, span).map((peak) => ({ peak, at: span.from })),
  )
}

/** Steps at which alarms are counted in any case; between two with the same number, the number is taken to be the same. */
const countedSteps = 64

function peaksWithin(scores: Scores, logic: AlarmLogic, u: number, { from, to }: AlarmSpan): number[] {
  // Between two neighbouring scores nothing changes.
  const steps = [...new Set(scores.score.subarray(from, to))].filter((score) => score > u)
  steps.sort((a, b) => b - a)
  steps.push(u)
  const peaks: number[] = []
  const count = (step: number) => countAlarms(scores, logic, steps[step]!, from, to)
  const search = (high: number, above: number, low: number, below: number): void => {
    if (above === below) return
    if (low - high === 1) {
      // Fewer below than above: they run together.
      while (peaks.length < below) peaks.push(steps[high]!)
      return
    }
    const middle = (high + low) >> 1
    const between = count(middle)
    search(high, above, middle, between)
    search(middle, between, low, below)
  }
  const stride = Math.max(1, Math.floor(steps.length / countedSteps))
  let above = 0
  for (let high = 0; high < steps.length - 1; high += stride) {
    const low = Math.min(high + stride, steps.length - 1)
    const below = count(low)
    search(high, above, low, below)
    above = below
  }
  return peaks
}

/**
 * Highest threshold below which there is an alarm in the windows `from` to `to` (exclusive) by themselves; undefined where no
 * threshold above zero raises one.
 */
export function highestPeak(scores: Scores, logic: AlarmLogic, from: number, to: number): number | undefined {
  const steps = scores.score.slice(from, to).sort().reverse()
  const raises = (threshold: number) => countAlarms(scores, logic, threshold, from, to) > 0
  if (!raises(0)) return undefined
  // The first step at which it is raised, itself being the threshold; the peak is the step before.
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (raises(steps[middle]!)) high = middle
    else low = middle + 1
  }
  return steps[low - 1] ?? undefined
}
