import type { Beat } from './ecg.ts'
import { ecgModel } from './ecg.ts'
import type { Script } from './events.ts'
import type { Person } from './person.ts'
import { rhythmModel } from './rhythm.ts'
import { rrProcess } from './rr.ts'
import { ventricularFibrillation } from './ventricularFibrillation.ts'
import type { Vitals } from './vitals.ts'

/** One second of heart and breath. */
export interface HeartSecond {
  beats: readonly Beat[]
  /** Lead II of the body, mV, and the breathing cycle, radians: a value a sample, used again at the next call. */
  millivolts: Float64Array
  breath: Float64Array
}

/** How fast the ST segment moves (ischaemia within minutes, at its fast end), s. */
const stTau = 20

/** Breath drives the rhythm, the rhythm drives the ECG. Call it once a second, in order, with the vitals of its end. */
export function heartModel(
  seed: number,
  person: Person,
  script: Script,
  rateHz: number,
): (second: number, vitals: Vitals) => HeartSecond {
  const rhythm = rhythmModel(seed, script)
  const sinus = rrProcess(seed, person)
  let heartRate = person.restingHeartRate
  const ecg = ecgModel(seed, person, rateHz, (seconds, rr) => rhythm(seconds, rr, heartRate - person.restingHeartRate))
  const waves = ventricularFibrillation(seed, rateHz)
  const millivolts = new Float64Array(rateHz)
  const breath = new Float64Array(rateHz)
  const rr = new Float64Array(rateHz)
  let phase = 0
  let stMillivolts = 0

  return (second, vitals) => {
    const turn = (2 * Math.PI * vitals.respirationRate) / 60 / rateHz
    for (let i = 0; i < rateHz; i++) {
      phase += turn
      breath[i] = phase
    }
    phase %= 2 * Math.PI
    const fromRate = heartRate
    const depth = vitals.breathDepth
    sinus(second, { fromRate, toRate: vitals.heartRate, breath, depth, variability: vitals.variability }, rr)
    // As the last sample had it: a rounding apart from the rate wanted.
    heartRate = fromRate + ((vitals.heartRate - fromRate) * rateHz) / rateHz
    const st = script('st-change', second, second + 1)?.event.millivolts ?? 0
    stMillivolts += (st - stMillivolts) * (1 - Math.exp(-1 / stTau))
    if (Math.abs(stMillivolts) < 1e-4 && st === 0) stMillivolts = 0
    const fibrillating = script('ventricular-fibrillation', second, second + 1)
    const asystole = script('asystole', second, second + 1) ?? fibrillating
    const fibrillation = script('atrial-fibrillation', second, second + 1) !== undefined
    const beats = ecg({ second, rr, breath, depth, asystole, fibrillation, stMillivolts }, millivolts)
    if (fibrillating !== undefined) {
      const { event, fromSeconds, toSeconds } = fibrillating
      waves(second, { hz: event.hz, millivolts: event.millivolts, fromSeconds, toSeconds }, millivolts)
    }
    return { beats, millivolts, breath }
  }
}
