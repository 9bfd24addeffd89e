import type { ActivityKind } from './activity.ts'
import { activityAt } from './activity.ts'
import type { DayCycle } from './dayCycle.ts'
import type { Script } from './events.ts'
import { illnessModel } from './illness.ts'
import { oxygenModel } from './oxygen.ts'
import type { Person } from './person.ts'
import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'

/** The state of the body at the end of a second. */
export interface Vitals {
  activity: ActivityKind
  /** Mean rate that the sinus node is driven to, beats/min. */
  heartRate: number
  /** Breaths/min, and how deep they are against those at rest: 0 in apnoea. */
  respirationRate: number
  breathDepth: number
  /** %. */
  spo2: number
  /** °C, at the wrist and at the core. */
  skinTemperature: number
  temperature: number
  /** Factor of the pulse's amplitude, by filling and tone of the vessels. */
  pulse: number
  /** Factor of the heart rate's variability. */
  variability: number
}

const tachycardiaRaisesRespiration = 3
/** A seizure: 130 to 150 beats/min (ictal tachycardia; Eggleston, Olin & Fisher, Seizure 16:496, 2007). */
const convulsionHeartRate = 140
const convulsionRaisesRespiration = 8
const fallRaisesHeartRate = 18
/** Time constants of the heart rate, s: a tachycardia begins at once, exercise takes longer, recovery longest. */
const tachycardiaTau = 1.5
const bradycardiaTau = 3
const convulsionTau = 6
const exerciseTau = 12
/** Recovery from a walk, and how much longer for each beat/min above rest (heart rate recovery 20 to 40 in the first minute). */
const recoveryTau = 12
const recoveryTauPerBeat = 0.35
const sleepTau = 240
const respirationTau = 8
const depthTau = 1
/** Breaths grow deeper with effort: tidal volume about three times that at rest at 160 beats/min. */
const depthPerBeat = 0.02
/** Cooling of the skin by constricted vessels and sweat, °C for each beat/min above rest, and how slowly it follows. */
const coolingPerBeat = 0.012
const skinTau = 120
/** Skin of hands and feet is warmer in sleep, the core cooler, °C. */
const sleepWarmsSkin = 1
const sleepCoolsCore = 0.3
const sleepTemperatureTau = 1800
/** Core temperature for each beat/min of effort, °C, and how slowly it follows. */
const heatPerBeat = 0.012
const coreTau = 1200

/**
 * The slow part of the physiology, in steps of one second: events set targets, the body follows them with its own time
 * constants, and everything wanders a little. Call it once a second, in order.
 */
export function vitalsModel(seed: number, person: Person, script: Script): (second: number, day: DayCycle) => Vitals {
  const random = seededRandom(seed, 'vitals')
  const heartDrift = slowNoise(random, 1.5, 90)
  const breathDrift = slowNoise(random, 0.8, 30)
  const spo2Drift = slowNoise(random, 0.3, 20)
  const skinDrift = slowNoise(random, 0.1, 300)
  const illnessAt = illnessModel(person, script)
  const oxygenAt = oxygenModel(person, script)
  let heartRate = person.restingHeartRate
  let respirationRate = person.restingRespirationRate
  let breathDepth = 1
  let cooling = 0
  let heat = 0
  let asleep = 0

  return (second, day) => {
    const activity = activityAt(script, person, second)
    const illness = illnessAt(second)
    const oxygen = oxygenAt(second)
    const tachycardia = script('tachycardia', second, second + 1)?.event
    const bradycardia = script('bradycardia', second, second + 1)?.event
    const convulsion = script('convulsion', second, second + 1) !== undefined
    const fallen = script('fall', second, second + 1) !== undefined

    const rest = person.restingHeartRate + day.heartRate + illness.heartRate
    const usual = rest + activity.heartRate + oxygen.heartRate + (fallen ? fallRaisesHeartRate : 0)
    const heartTarget =
      tachycardia?.toPerMinute ??
      bradycardia?.toPerMinute ??
      (convulsion ? Math.max(usual, convulsionHeartRate) : usual)
    const excess = Math.max(0, heartRate - rest)
    let tau = heartTarget > heartRate ? exerciseTau : recoveryTau + recoveryTauPerBeat * excess
    if (tachycardia) tau = tachycardiaTau
    else if (bradycardia) tau = bradycardiaTau
    else if (convulsion) tau = convulsionTau
    else if (activity.kind === 'sleep' && excess < 5) tau = sleepTau
    heartRate += (heartTarget - heartRate) * (1 - Math.exp(-1 / tau))

    const breathTarget =
      person.restingRespirationRate +
      activity.respirationRate +
      illness.respirationRate +
      oxygen.respirationRate +
      (convulsion ? convulsionRaisesRespiration : 0) +
      (tachycardia ? tachycardiaRaisesRespiration : 0)
    respirationRate += ((oxygen.apnoea ? 0 : breathTarget) - respirationRate) * (1 - Math.exp(-1 / respirationTau))
    const depthTarget = oxygen.apnoea ? 0 : 1 + depthPerBeat * Math.max(0, activity.heartRate)
    breathDepth += (depthTarget - breathDepth) * (1 - Math.exp(-1 / depthTau))

    const sleeping = activity.kind === 'sleep' ? 1 : 0
    asleep += (sleeping - asleep) / sleepTemperatureTau
    const effort = Math.max(0, activity.heartRate)
    heat += (heatPerBeat * effort - heat) / coreTau
    cooling += (coolingPerBeat * (heartRate - rest) - cooling) / skinTau
    const lowest = oxygen.apnoea ? 0 : 4
    return {
      activity: activity.kind,
      heartRate: heartRate + heartDrift(),
      respirationRate: Math.max(lowest, respirationRate + breathDrift()),
      breathDepth,
      spo2: Math.min(100, oxygen.spo2 + spo2Drift()),
      skinTemperature:
        person.skinTemperature -
        cooling +
        skinDrift() +
        illness.skinTemperature +
        sleepWarmsSkin * asleep +
        day.skinTemperature,
      temperature: person.temperature + day.temperature + illness.temperature + heat - sleepCoolsCore * asleep,
      pulse: illness.pulse,
      variability: illness.variability,
    }
  }
}
