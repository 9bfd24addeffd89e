import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { seededRandom } from '../../simulators/synthetic/random.ts'
import type { VitalsEvent, VitalsSource } from '../training/vitalsEvaluation.ts'
import { dailyLife, daySeconds, simulatedStartMicros, simulatedVitals } from './simulatedVitals.ts'

const minute = 60
const hour = 3600

/** A wearer to whom nothing happens but ordinary days; of the windows only those after the first day have an input. */
export function healthyWearer(seed: number, days: number): VitalsSource {
  const events = dailyLife(seed, days)
  return { seed, windows: simulatedVitals(seed, { seconds: days * daySeconds, events }), events: [] }
}

/** Short events, three of each a person, apart from one another, in the two days after the first. */
export function wearerWithShortEvents(seed: number): VitalsSource {
  const random = seededRandom(seed, 'short events')
  const between = (from: number, to: number) => Math.round(from + (to - from) * random.uniform())
  const kinds = ['desaturation', 'tachycardia', 'bradycardia'] as const
  const happening = Array.from({ length: 9 }, (_, n): SimulatedEvent => {
    const atSeconds = Math.round(daySeconds + (n + 0.2 + 0.6 * random.uniform()) * 5 * hour)
    const kind = kinds[n % 3]!
    if (kind === 'desaturation') {
      return { kind, atSeconds, durationSeconds: 4 * minute, toPercent: between(80, 88), apnoea: true }
    }
    const toPerMinute = kind === 'tachycardia' ? between(105, 130) : between(38, 45)
    return { kind, atSeconds, durationSeconds: between(6, 12) * minute, toPerMinute }
  })
  return ill(seed, 3, happening, 10 * minute)
}

/** A fever from the morning of the second day on, told within 4 h. */
export function feverishWearer(seed: number): VitalsSource {
  const toCelsius = 38.5 + seededRandom(seed, 'fever').uniform()
  const event = { kind: 'fever', atSeconds: daySeconds + 2 * hour, durationSeconds: 10 * hour, toCelsius } as const
  return ill(seed, 1.75, [event], 4 * hour)
}

/** Six hours of slow loss of blood, told within 2 h. */
export function bleedingWearer(seed: number): VitalsSource {
  const severity = 0.6 + 0.3 * seededRandom(seed, 'haemorrhage').uniform()
  const event = { kind: 'haemorrhage', atSeconds: daySeconds + 2 * hour, durationSeconds: 6 * hour, severity } as const
  return ill(seed, 1.5, [event], 2 * hour)
}

function ill(seed: number, days: number, happening: readonly SimulatedEvent[], withinSeconds: number): VitalsSource {
  const windows = simulatedVitals(seed, {
    seconds: days * daySeconds,
    events: [...dailyLife(seed, Math.ceil(days)), ...happening],
  })
  const events = happening.map(({ kind, atSeconds, durationSeconds }): VitalsEvent => ({
    kind,
    from: simulatedStartMicros + atSeconds * 1e6,
    to: simulatedStartMicros + (atSeconds + durationSeconds) * 1e6,
    withinSeconds,
  }))
  return { seed, windows, events }
}
