import type { SignalName } from '../../../firmware-bridge/signals.ts'
import { seededRandom } from '../../../simulators/synthetic/random.ts'

/** Seconds after the R peak, mV and seconds (standard deviation) of P, Q, R, S and T. */
const waves = [
  { at: -0.17, millivolts: 0.12, width: 0.022 },
  { at: -0.028, millivolts: -0.1, width: 0.009 },
  { at: 0, millivolts: 1.1, width: 0.011 },
  { at: 0.03, millivolts: -0.22, width: 0.01 },
  { at: 0.26, millivolts: 0.3, width: 0.05 },
]
const noiseMillivolts = 0.01

/**
 * Lead II in mV: beats of Gaussian waves at a rate that breathes, a baseline that does, and white noise. Not the
 * simulator's ECG, on purpose: that may change, and figures of different commits must speak of the same bytes.
 */
export function ecgOf(seconds: number, rateHz: number): Float32Array {
  const random = seededRandom(1, 'bench ecg')
  const beats = [0.4]
  for (let at = 0.4; at < seconds + 1; beats.push(at)) at += 0.85 + 0.05 * Math.sin(1.6 * at) + random.normal(0, 0.01)
  let next = 0
  return Float32Array.from({ length: seconds * rateHz }, (_, i) => {
    const now = i / rateHz
    if (now > (beats[next] ?? Infinity) + 0.45) next++
    let value = 0.05 * Math.sin(1.6 * now) + random.normal(0, noiseMillivolts)
    for (const beat of [beats[next], beats[next + 1]])
      for (const { at, millivolts, width } of waves)
        value += millivolts * Math.exp(-0.5 * ((now - (beat ?? -1) - at) / width) ** 2)
    return value
  })
}

/** A signal for a number of seconds, in its unit. */
export interface Recorded {
  signal: SignalName
  rateHz: number
  values: Float32Array
}

/** ECG (250 Hz), three axes of acceleration (50 Hz) of someone who moves a little, and four vital signs (1 Hz). */
export function severalSignals(seconds: number): Recorded[] {
  const random = seededRandom(1, 'bench others')
  const axis = (gravity: number) => {
    let sway = 0
    return Float32Array.from({ length: seconds * 50 }, () => {
      sway = 0.98 * sway + random.normal(0, 0.004)
      return gravity + sway + random.normal(0, 0.004)
    })
  }
  const around = (value: number, steps: number) =>
    Float32Array.from({ length: seconds }, () => value + Math.round(random.normal(0, steps)))
  return [
    { signal: 'ecg', rateHz: 250, values: ecgOf(seconds, 250) },
    { signal: 'accX', rateHz: 50, values: axis(0.1) },
    { signal: 'accY', rateHz: 50, values: axis(-0.3) },
    { signal: 'accZ', rateHz: 50, values: axis(0.95) },
    { signal: 'heartRate', rateHz: 1, values: around(70, 2) },
    { signal: 'spo2', rateHz: 1, values: around(97, 0.4) },
    { signal: 'respirationRate', rateHz: 1, values: around(15, 1) },
    { signal: 'skinTemperature', rateHz: 1, values: around(33, 0.2) },
  ]
}
