import { activityAt, type Motion } from '../stages/motion.ts'
import type { LimitOf } from '../wearerLimits.ts'
import type { Detector } from './detector.ts'
import { vitalLimits } from './vitalLimit.ts'

/**
 * Breaths a minute beyond a limit. Who exerts himself breathes fast: the upper limit counts at rest, or where activity is
 * unknown.
 */
export function respirationRate(limitOf: LimitOf, { devices, wearers }: Motion): Detector {
  const signal = 'respirationRate'
  return vitalLimits(
    'respiration-rate',
    [
      {
        code: 'respiration-rate-high',
        signal,
        side: 'above',
        limit: 'respirationRateHighPerMinute',
        backBy: 2,
        counts({ device, wearer, tick, sampledAt }) {
          const own = activityAt(devices.peek(device), tick)
          const activity = own === 'unknown' ? activityAt(wearers.peek(wearer), sampledAt) : own
          return activity === 'rest' || activity === 'unknown'
        },
      },
      { code: 'respiration-rate-low', signal, side: 'below', limit: 'respirationRateLowPerMinute', backBy: 1 },
    ],
    limitOf,
  )
}
