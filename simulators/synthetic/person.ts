import type { Random } from './random.ts'
import { seededRandom } from './random.ts'

/** What makes one synthetic adult differ from another. */
export interface Person {
  /** Beats/min, awake and at rest. */
  restingHeartRate: number
  /** Breaths/min at rest. */
  restingRespirationRate: number
  /** Standard deviation of RR intervals at rest, ms. */
  rrDeviationMillis: number
  /** Power of RR variation around 0.1 Hz over that at the breathing rate. */
  lfHfRatio: number
  /** %. */
  restingSpo2: number
  /** °C at the wrist. */
  skinTemperature: number
  /** R wave in lead II, mV. */
  rWaveMillivolts: number
  /** Steps/s when walking. */
  stepRateHz: number
  /** Direction of gravity in the device's axes when at rest: a unit vector. */
  gravity: readonly [number, number, number]
  /** Core temperature in the afternoon, °C. */
  temperature: number
  /** From the R peak to the foot of the pulse at rest, s. */
  pulseArrivalSeconds: number
  /** What the photodiode counts without a pulse, and the pulse's share of it at rest (perfusion index / 100). */
  photodiodeCounts: number
  perfusion: number
  /** Height of the reflected wave of the pulse, over the first. */
  pulseReflection: number
  /** Share by which the heart rate falls in sleep. */
  sleepDip: number
}

/**
 * Draws an adult at rest from a seed. Means and spreads: short-term RR deviation 50 (16) ms and LF/HF 2.8 (2.6), log-normal
 * (Nunan, Sandercock & Brodie, PACE 33:1407, 2010); resting heart rate about 66 (9)/min (Ostchega et al., NHSR 41, 2011, and
 * Quer et al., PLoS ONE 15:e0227709, 2020); 12 to 20 breaths/min; walking at 1.8 (0.1) steps/s (Pachi & Ji, Struct Eng
 * 83:36, 2005). Cut at two and a half standard deviations. Pulse arrival 0.20 to 0.29 s (R peak to foot at the finger: Mukkamala
 * et al., IEEE TBME 62:1879, 2015); heart rate in sleep 9 to 19 % lower (order of Snyder et al., J Appl
 * Physiol 19:417, 1964); core temperature 36.6 (0.3) °C (Obermeyer, Samra & Mullainathan, BMJ 359:j5468, 2017).
 */
export function drawPerson(seed: number): Person {
  const random = seededRandom(seed, 'person')
  // A stream of their own for what came later: the first traits of a seed stay what they are.
  const laterRandom = seededRandom(seed, 'person, pulse')
  const draw = (from: Random, mean: number, sd: number) => {
    const limit = 2.5 * sd
    return mean + Math.max(-limit, Math.min(limit, from.normal(0, sd)))
  }
  const around = (mean: number, sd: number) => draw(random, mean, sd)
  const later = (mean: number, sd: number) => draw(laterRandom, mean, sd)
  const tilt = [around(0, 0.4), around(0, 0.4), around(1, 0.1)] as const
  const length = Math.hypot(...tilt)
  return {
    restingHeartRate: around(66, 6),
    restingRespirationRate: around(15, 1.4),
    rrDeviationMillis: around(48, 10),
    lfHfRatio: Math.exp(around(Math.log(1.5), 0.35)),
    restingSpo2: around(97.3, 0.6),
    skinTemperature: around(33, 0.8),
    rWaveMillivolts: around(1.15, 0.2),
    stepRateHz: around(1.8, 0.1),
    gravity: [tilt[0] / length, tilt[1] / length, tilt[2] / length],
    temperature: later(36.7, 0.2),
    pulseArrivalSeconds: later(0.245, 0.017),
    photodiodeCounts: Math.exp(later(Math.log(90_000), 0.25)),
    perfusion: Math.exp(later(Math.log(0.014), 0.3)),
    pulseReflection: later(0.42, 0.07),
    sleepDip: later(0.14, 0.02),
  }
}
