import type { Script } from './events.ts'
import type { Person } from './person.ts'

/** Oxygen in the blood as a finger shows it, and what its want does to heart and breath. */
export interface Oxygen {
  /** %. */
  spo2: number
  apnoea: boolean
  /** Added to those at rest, beats/min and breaths/min. */
  heartRate: number
  respirationRate: number
}

/** %/s; in apnoea the fall is of the order of half a per cent a second (Findley et al., J Appl Physiol 55:1777, 1983). */
const desaturationPerSecond = 1.5
const apnoeaDesaturationPerSecond = 0.6
const resaturationPerSecond = 1
const resaturationAfterApnoeaPerSecond = 2
/** From the lungs to the finger, s. */
const circulationDelay = 18
const hypoxiaRaisesHeartRate = 10
/** The heart slows while breath is held and races when it comes back (Guilleminault et al., Lancet 323:126, 1984). */
const apnoeaLowersHeartRate = 9
const arousalRaisesHeartRate = 14
const arousalRaisesRespiration = 5
const arousalSeconds = 15
/** A convulsion lowers SpO2 after half a minute (Bateman et al., Brain 131:3239, 2008). */
const convulsionSpo2 = 86
const convulsionDelay = 30

/** Desaturation with or without apnoea, second by second, in order. */
export function oxygenModel(person: Person, script: Script): (second: number) => Oxygen {
  let spo2 = person.restingSpo2
  const target = (second: number) => {
    const desaturation = script('desaturation', second, second + 1)?.event
    if (desaturation && !desaturation.apnoea) return desaturation.toPercent
    const earlier = script('desaturation', second - circulationDelay, second - circulationDelay + 1)?.event
    if (earlier?.apnoea) return earlier.toPercent
    const convulsion = script('convulsion', second, second + 1)
    if (convulsion && second >= convulsion.fromSeconds + convulsionDelay) return convulsionSpo2
    return person.restingSpo2
  }
  return (second) => {
    const now = script('desaturation', second, second + 1)?.event
    const before = script('desaturation', second - arousalSeconds, second)?.event
    const apnoea = now?.apnoea === true
    const aroused = !apnoea && before?.apnoea === true
    const delayed =
      apnoea || aroused || script('desaturation', second - circulationDelay, second)?.event.apnoea === true
    const fall = delayed ? apnoeaDesaturationPerSecond : desaturationPerSecond
    const rise = delayed ? resaturationAfterApnoeaPerSecond : resaturationPerSecond
    spo2 += Math.max(-fall, Math.min(rise, target(second) - spo2))
    const heartRate = apnoea
      ? -apnoeaLowersHeartRate
      : aroused
        ? arousalRaisesHeartRate
        : now
          ? hypoxiaRaisesHeartRate
          : 0
    return { spo2, apnoea, heartRate, respirationRate: aroused ? arousalRaisesRespiration : 0 }
  }
}
