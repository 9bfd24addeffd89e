import type { SignalName } from '../../firmware-bridge/signals.ts'
import { signals } from '../../firmware-bridge/signals.ts'

/**
 * What channels are called. ECG: limb, augmented, chest and modified leads (MLII, MCL1) as PhysioNet, monitors and EDF+ write
 * them, or plainly "ECG". A vital sign needs its unit as well.
 */
const names: readonly [SignalName, RegExp][] = [
  ['ecg', /^(ECG([ _-]?\w+)?|M?L?I{1,3}|aV[RLF]|(MCL?|CM|D|M?V)[1-9]?)$/i],
  ['ppg', /^(PLETH|PPG|BVP)\w*$/i],
  ['heartRate', /^(HR|heart[ _]?rate|pulse|PR|pulse[ _]?rate)$/i],
  ['spo2', /^(SpO2|SaO2|%?SpO2)$/i],
  ['respirationRate', /^(RR|RESP|resp(iration)?[ _]?rate)$/i],
  ['respiration', /^RESP(IRATION)?( \w+)?$/i],
]
/** Breathing faster than this cannot be sampled as numbers, nor slower as a wave. */
const slowestWaveHz = 4

/** Other spellings of the units in the table of signals, as factors to that unit. */
const unitFactors: Record<string, Record<string, number>> = {
  mV: { uV: 1e-3, µV: 1e-3, V: 1e3 },
  '[g]': { g: 1, mg: 1e-3, 'm/s2': 1 / 9.80665 },
  '/min': { bpm: 1, 'beats/min': 1, 'breaths/min': 1, BPM: 1 },
  Cel: { degC: 1, '°C': 1, C: 1, DegC: 1 },
  'mm[Hg]': { mmHg: 1 },
  ms: { s: 1e3, sec: 1e3 },
}

/** The signal that a channel of this name, unit and rate is; undefined where it is not plain. */
export function signalOfChannel(name: string, unit: string, rateHz: number): SignalName | undefined {
  for (const [signal, pattern] of names) {
    const isWave = signals[signal].form === 'waveform'
    if (pattern.test(name.trim()) && unitFactor(unit, signal) !== undefined && (!isWave || rateHz >= slowestWaveHz))
      return signal
  }
  return undefined
}

/**
 * What to multiply a channel's values by to have them in the signal's unit; undefined where the units do not fit. A signal
 * in arbitrary units (`1`, as PPG) takes any.
 */
export function unitFactor(unit: string, signal: SignalName): number | undefined {
  const wanted = signals[signal].unit
  if (unit === wanted || wanted === '1') return 1
  return unitFactors[wanted]?.[unit]
}
