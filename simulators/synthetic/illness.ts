import type { Script } from './events.ts'
import type { Person } from './person.ts'

/** What fever and loss of blood add to a body at rest. */
export interface Illness {
  /** Beats/min, breaths/min, °C at the core and at the skin. */
  heartRate: number
  respirationRate: number
  temperature: number
  skinTemperature: number
  /** Factors of the pulse's amplitude and of the variability of the heart rate. */
  pulse: number
  variability: number
}

/** How fast a fever rises and falls, °C/s. */
const feverRise = 1.3 / 3600
const feverFall = 0.8 / 3600
/** For each °C, in adults above 38 °C (Jensen, Kellett, Hallas & Brabrand, Acute Med 18:141, 2019). */
const beatsPerCelsius = 7.4
const breathsPerCelsius = 2.3
const feverSkinShare = 0.6
/**
 * Loss of blood at severity 1, class IV of Advanced Trauma Life Support (ATLS, 10th ed., table 3-1): heart rate over 140,
 * breaths over 35, cool skin. The pulse pressure falls with the volume, well before the mean pressure (Johnson et al., J Appl
 * Physiol 117:131, 2014), and the vagal part of the heart rate's variability goes.
 */
const haemorrhageBeats = 75
const haemorrhageBreaths = 20
const haemorrhageSkin = -4
const haemorrhageCore = -0.7
const haemorrhagePulse = 0.75
const haemorrhageVariability = 0.7
/** Time in which half of it is made good once it is over, s. */
const replacedSeconds = 1200

/** Fever and haemorrhage, second by second, in order. */
export function illnessModel(person: Person, script: Script): (second: number) => Illness {
  let fever = 0
  let lost = 0
  return (second) => {
    const feverish = script('fever', second, second + 1)?.event
    const goal = feverish ? feverish.toCelsius - person.temperature : 0
    fever += Math.max(-feverFall, Math.min(feverRise, goal - fever))
    const bleeding = script('haemorrhage', second, second + 1)
    if (bleeding) {
      const done = (second + 1 - bleeding.fromSeconds) / (bleeding.toSeconds - bleeding.fromSeconds)
      lost = Math.max(lost, bleeding.event.severity * Math.min(1, done))
    } else if (lost > 0) {
      lost = lost < 1e-3 ? 0 : lost * 2 ** (-1 / replacedSeconds)
    }
    return {
      heartRate: beatsPerCelsius * fever + haemorrhageBeats * lost,
      respirationRate: breathsPerCelsius * fever + haemorrhageBreaths * lost,
      temperature: fever + haemorrhageCore * lost,
      skinTemperature: feverSkinShare * fever + haemorrhageSkin * lost,
      pulse: 1 - haemorrhagePulse * lost,
      variability: 1 - haemorrhageVariability * lost,
    }
  }
}
