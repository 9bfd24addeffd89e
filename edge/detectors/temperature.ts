import type { LimitOf } from '../wearerLimits.ts'
import type { Detector } from './detector.ts'
import { vitalLimits } from './vitalLimit.ts'

/** Core temperature beyond a limit, °C; the skin's is another signal and says nothing of fever. */
export function temperature(limitOf: LimitOf): Detector {
  const signal = 'temperature'
  return vitalLimits(
    'temperature',
    [
      { code: 'temperature-high', signal, side: 'above', limit: 'temperatureHighCelsius', backBy: 0.3 },
      { code: 'temperature-low', signal, side: 'below', limit: 'temperatureLowCelsius', backBy: 0.3 },
    ],
    limitOf,
  )
}
