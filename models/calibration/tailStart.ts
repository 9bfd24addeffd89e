import { countAlarms, type AlarmLogic, type Scores } from './alarmLogic.ts'

const growth = 1.6
/** A tail of more than half of all windows is none. */
const mostExceedances = 0.5
/** Alarms that have become so much fewer than they were have run together. */
const runTogether = 0.7
/** Share of the most alarms that any threshold raises up to which they still stand apart. */
const apart = 0.5

export interface TailStart {
  u: number
  /** Windows above u. */
  exceedances: number
}

/**
 * Where the tail begins: the highest of the scores above which the alarm logic raises at least `alarms` alarms; or, where no score
 * does, half of the most that any does. Going down from the highest score, alarms first become more, then run together.
 * @param sorted all scores, ascending
 */
export function tailStart(
  wearers: readonly Scores[],
  sorted: Float64Array,
  logic: AlarmLogic,
  alarms: number,
): TailStart | undefined {
  const thresholdAt = (exceedances: number) => sorted[sorted.length - 1 - exceedances]!
  const count = (exceedances: number) =>
    wearers.reduce((sum, scores) => sum + countAlarms(scores, logic, thresholdAt(exceedances)), 0)
  const seen = new Map<number, number>([[0, 0]])
  let most = 0
  for (let m = 8; m <= sorted.length * mostExceedances; m = Math.ceil(m * growth)) {
    const counted = count(m)
    seen.set(m, counted)
    most = Math.max(most, counted)
    if (counted >= alarms || counted < runTogether * most) break
  }
  if (most === 0) return undefined
  const enough = most >= alarms ? alarms : Math.max(1, apart * most)
  const steps = [...seen]
  const first = steps.findIndex(([, counted]) => counted >= enough)
  let [low, high] = [steps[first - 1]![0], steps[first]![0]]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (count(middle) >= enough) high = middle
    else low = middle
  }
  const u = thresholdAt(high)
  return u > 0 ? { u, exceedances: high } : undefined
}
