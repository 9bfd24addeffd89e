import { stampOf } from '../flow.ts'
import { activityAt, type Motion } from '../stages/motion.ts'
import type { Detector } from './detector.ts'

/**
 * A heart rate above the limit while the wearer is at rest, as this device's accelerometer tells, or another one's of the same
 * wearer; not within two minutes of an effort, while the heart comes back from it. Without any accelerometer, rest cannot be told from exercise: the limit then holds, and the alarm says that activity is unknown.
 *
 * @param limit beats per minute
 */
export function heartRateAtRest(limit: number, { devices, wearers }: Motion): Detector {
  return {
    name: 'heart-rate-at-rest',
    state: [],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'vital' || item.signal !== 'heartRate') return
      const { value } = item
      const own = activityAt(devices.peek(item.device), item.tick)
      const activity = own === 'unknown' ? activityAt(wearers.peek(item.wearer), item.sampledAt) : own
      emit({
        kind: 'finding',
        ...stampOf(item),
        code: 'heart-rate-high-at-rest',
        abnormal: value > limit && (activity === 'rest' || activity === 'unknown'),
        params: { heartRatePerMinute: Math.round(value), limitPerMinute: limit, activity },
        timing: 'stream',
      })
    },
  }
}
