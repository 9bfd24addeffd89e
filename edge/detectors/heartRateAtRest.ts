import { stampOf, type Samples } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

interface Activity {
  /** For each second of the last ten: the variance of the acceleration, g², summed over the axes. */
  seconds: { second: number; variance: number }[]
}

/** Standard deviation of acceleration below which a wearer is at rest, g; walking gives 0.15 and more at wrist or chest. */
const restBelow = 0.05
const rememberedSeconds = 10

/**
 * A heart rate above the limit while the wearer is at rest. Without an accelerometer rest cannot be told from exercise: the
 * limit then holds, and the alarm says that activity is unknown.
 *
 * @param limit beats per minute
 */
export function heartRateAtRest(limit: number): Detector {
  const state = new KeyedState(plainState<Activity>('activity', 1, () => ({ seconds: [] })))
  return {
    name: 'heart-rate-at-rest',
    state: [state],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'samples' && item.signal.startsWith('acc')) remember(state.of(item.device), item)
      if (item.kind !== 'vital' || item.signal !== 'heartRate') return
      const { value } = item
      const activity = activityAt(state.peek(item.device), item.tick)
      emit({
        kind: 'finding',
        ...stampOf(item),
        code: 'heart-rate-high-at-rest',
        abnormal: value > limit && activity !== 'moving',
        params: { heartRatePerMinute: Math.round(value), limitPerMinute: limit, activity },
        timing: 'stream',
      })
    },
  }
}

function remember(activity: Activity, { tick, values }: Samples): void {
  const second = Math.floor(tick / 1e6)
  let sum = 0
  let squares = 0
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  const variance = Math.max(0, squares / values.length - mean * mean)
  const known = activity.seconds.at(-1)
  if (known?.second === second) known.variance += variance
  else activity.seconds.push({ second, variance })
  if (activity.seconds.length > rememberedSeconds) activity.seconds.shift()
}

function activityAt(activity: Activity | undefined, tick: number): 'rest' | 'moving' | 'unknown' {
  const oldest = Math.floor(tick / 1e6) - rememberedSeconds
  const recent = activity?.seconds.filter(({ second }) => second >= oldest) ?? []
  if (recent.length === 0) return 'unknown'
  const mean = recent.reduce((sum, { variance }) => sum + variance, 0) / recent.length
  return Math.sqrt(mean) < restBelow ? 'rest' : 'moving'
}
