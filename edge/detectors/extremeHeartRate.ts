import type { LimitOf } from '../wearerLimits.ts'
import type { Detector } from './detector.ts'
import { vitalLimits } from './vitalLimit.ts'

/** A heart rate, beats a minute, that no activity explains. */
export function extremeHeartRate(limitOf: LimitOf): Detector {
  const signal = 'heartRate'
  return vitalLimits(
    'extreme-heart-rate',
    [
      { code: 'heart-rate-extreme', signal, side: 'above', limit: 'heartRateExtremePerMinute', backBy: 5 },
      { code: 'heart-rate-low', signal, side: 'below', limit: 'heartRateLowPerMinute', backBy: 2 },
    ],
    limitOf,
  )
}
