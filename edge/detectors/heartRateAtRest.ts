import { stampOf, type Samples } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

interface Moved {
  count: number
  sum: number
  squares: number
}

interface Activity {
  /** For each of the last seconds of stream time, by axis. */
  seconds: { second: number; axes: Record<string, Moved> }[]
}

/** Standard deviation of acceleration below which a wearer is at rest, g; walking gives 0.15 and more at wrist or chest. */
const restBelow = 0.05
const averagedSeconds = 10
/** Blocks of different signals come apart by up to two seconds: a younger second may not be complete. */
const youngestSeconds = 2

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

/** Adds up by second of stream time, so that it does not matter how the samples were cut into blocks. */
function remember(activity: Activity, { tick, values, rateHz, signal }: Samples): void {
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue
    const second = Math.floor((tick + (index * 1e6) / rateHz) / 1e6)
    let known = activity.seconds.find((one) => one.second === second)
    if (known === undefined) activity.seconds.push((known = { second, axes: {} }))
    const axis = (known.axes[signal] ??= { count: 0, sum: 0, squares: 0 })
    axis.count += 1
    axis.sum += value
    axis.squares += value * value
  }
  while (activity.seconds.length > averagedSeconds + 2 * youngestSeconds) activity.seconds.shift()
}

/** Variance of the acceleration, g², summed over the axes. */
function varianceOf(axes: Record<string, Moved>): number {
  return Object.values(axes).reduce(
    (total, { count, sum, squares }) => total + Math.max(0, squares / count - (sum / count) ** 2),
    0,
  )
}

function activityAt(activity: Activity | undefined, tick: number): 'rest' | 'moving' | 'unknown' {
  const youngest = Math.floor(tick / 1e6) - youngestSeconds
  const recent =
    activity?.seconds.filter(({ second }) => second <= youngest && second > youngest - averagedSeconds) ?? []
  if (recent.length === 0) return 'unknown'
  const mean = recent.reduce((sum, { axes }) => sum + varianceOf(axes), 0) / recent.length
  return Math.sqrt(mean) < restBelow ? 'rest' : 'moving'
}
