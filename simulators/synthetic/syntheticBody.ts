import type { SignalName } from '../../firmware-bridge/signals.ts'
import { accelerometerModel } from './accelerometer.ts'
import { ecgModel } from './ecg.ts'
import type { SimulatedEvent } from './events.ts'
import { occurring } from './events.ts'
import { ecgFrontEnd } from './frontEnd.ts'
import { drawPerson } from './person.ts'
import { rrProcess } from './rr.ts'
import { vitalsModel } from './vitals.ts'

export const ecgRateHz = 250
export const accelerometerRateHz = 50
/** Beats that the device averages for the heart rate it reports. */
const averagedBeats = 8

/** One second of one signal, in the signal's unit. */
export interface SignalSecond {
  signal: SignalName
  rateHz: number
  values: Float32Array
}

/**
 * What the sensors on a synthetic person measure, second by second: call it with 0, 1, 2, … in order. Heart rate drives the
 * ECG beat by beat, breathing modulates both its rhythm and its baseline, activity drives heart, breath, skin and
 * acceleration. The reported heart rate is what a device would say: the mean of its last beats, from an optical pulse, so
 * that it goes on when an electrode is off; NaN until there are beats.
 */
export function syntheticBody(seed: number, events: readonly SimulatedEvent[]): (second: number) => SignalSecond[] {
  const person = drawPerson(seed)
  const vitals = vitalsModel(seed, person, events)
  const rr = rrProcess(seed, person)
  const ecg = ecgModel(seed, person, ecgRateHz)
  const frontEnd = ecgFrontEnd(seed, ecgRateHz)
  const accelerometer = accelerometerModel(seed, person, accelerometerRateHz)
  const intervals: number[] = []
  let lastBeat: number | undefined
  let breath = 0
  let heartRate = person.restingHeartRate

  return (second) => {
    const now = vitals(second)
    const off = occurring(events, 'lead-off', second, second + 1)
    const millivolts = new Float32Array(ecgRateHz)
    const from = heartRate
    for (let i = 0; i < ecgRateHz; i++) {
      const at = second + i / ecgRateHz
      breath += (2 * Math.PI * now.respirationRate) / 60 / ecgRateHz
      heartRate = from + ((now.heartRate - from) * (i + 1)) / ecgRateHz
      const before = ecg.phase()
      const body = ecg.step(rr.at(at, heartRate, breath), breath)
      const after = ecg.phase()
      if (before < 0 && after >= 0) {
        const beat = at - after / (after - before) / ecgRateHz
        if (lastBeat !== undefined) intervals.push(beat - lastBeat)
        if (intervals.length > averagedBeats) intervals.shift()
        lastBeat = beat
      }
      millivolts[i] = frontEnd(body, off !== undefined && at >= off.fromSeconds && at < off.toSeconds)
    }
    breath %= 2 * Math.PI
    const meanRr = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length
    const { accX, accY, accZ } = accelerometer(occurring(events, 'walk', second, second + 1) !== undefined)
    const acceleration = { rateHz: accelerometerRateHz }
    const oneValue = (signal: SignalName, value: number) => ({ signal, rateHz: 1, values: Float32Array.of(value) })
    return [
      { signal: 'ecg', rateHz: ecgRateHz, values: millivolts },
      { signal: 'accX', ...acceleration, values: accX },
      { signal: 'accY', ...acceleration, values: accY },
      { signal: 'accZ', ...acceleration, values: accZ },
      oneValue('heartRate', Math.round(60 / meanRr)),
      oneValue('spo2', Math.round(now.spo2)),
      oneValue('respirationRate', Math.round(now.respirationRate)),
      oneValue('skinTemperature', Math.round(now.skinTemperature * 20) / 20),
    ]
  }
}
