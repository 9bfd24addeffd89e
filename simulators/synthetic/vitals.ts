import type { SimulatedEvent } from './events.ts'
import { occurring } from './events.ts'
import type { Person } from './person.ts'
import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'

/** The state of the body at the end of a second. */
export interface Vitals {
  /** Mean rate that the heart is driven to, beats/min. */
  heartRate: number
  /** Breaths/min. */
  respirationRate: number
  /** %. */
  spo2: number
  /** °C. */
  skinTemperature: number
}

const walkRaisesHeartRate = 36
const walkRaisesRespiration = 8
const hypoxiaRaisesHeartRate = 10
const tachycardiaRaisesRespiration = 3
/** Time constants of the heart rate, s: a tachycardia begins at once, exercise takes longer, recovery longest. */
const tachycardiaTau = 1.5
const exerciseTau = 9
const recoveryTau = 12
const respirationTau = 8
/** %/s; desaturation in apnoea is of this order, at its fast end. */
const desaturationPerSecond = 1.5
const resaturationPerSecond = 1
/** Cooling of the skin by constricted vessels and sweat, °C for each beat/min above rest, and how slowly it follows. */
const coolingPerBeat = 0.012
const skinTau = 120

/**
 * The slow part of the physiology, in steps of one second: events set targets, the body follows them with its own time
 * constants, and everything wanders a little. Call it once a second, in order.
 */
export function vitalsModel(
  seed: number,
  person: Person,
  events: readonly SimulatedEvent[],
): (second: number) => Vitals {
  const random = seededRandom(seed, 'vitals')
  const heartDrift = slowNoise(random, 1.5, 90)
  const breathDrift = slowNoise(random, 0.8, 30)
  const spo2Drift = slowNoise(random, 0.3, 20)
  const skinDrift = slowNoise(random, 0.1, 300)
  let heartRate = person.restingHeartRate
  let respirationRate = person.restingRespirationRate
  let spo2 = person.restingSpo2
  let cooling = 0

  return (second) => {
    const at = (kind: SimulatedEvent['kind']) => occurring(events, kind, second, second + 1)?.event
    const tachycardia = at('tachycardia')
    const desaturation = at('desaturation')
    const walking = at('walk') !== undefined

    const exercise = walking ? walkRaisesHeartRate : 0
    const hypoxia = desaturation ? hypoxiaRaisesHeartRate : 0
    const heartTarget = tachycardia?.toPerMinute ?? (tachycardia ? 150 : person.restingHeartRate + exercise + hypoxia)
    const tau = tachycardia ? tachycardiaTau : heartTarget > heartRate ? exerciseTau : recoveryTau
    heartRate += (heartTarget - heartRate) * (1 - Math.exp(-1 / tau))

    const breathTarget =
      person.restingRespirationRate +
      (walking ? walkRaisesRespiration : 0) +
      (tachycardia ? tachycardiaRaisesRespiration : 0)
    respirationRate += (breathTarget - respirationRate) * (1 - Math.exp(-1 / respirationTau))

    const spo2Target = desaturation ? (desaturation.toPercent ?? 82) : person.restingSpo2
    spo2 += Math.max(-desaturationPerSecond, Math.min(resaturationPerSecond, spo2Target - spo2))

    cooling += (coolingPerBeat * (heartRate - person.restingHeartRate) - cooling) / skinTau
    return {
      heartRate: heartRate + heartDrift(),
      respirationRate: Math.max(4, respirationRate + breathDrift()),
      spo2: Math.min(100, spo2 + spo2Drift()),
      skinTemperature: person.skinTemperature - cooling + skinDrift(),
    }
  }
}
