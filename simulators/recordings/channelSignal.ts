import type { SignalName } from '../../firmware-bridge/signals.ts'
import { signals } from '../../firmware-bridge/signals.ts'

/** ECG leads as PhysioNet and monitors write them: limb, augmented, chest, modified (MLII, MCL1), or plainly "ECG". */
const ecgLead = /^(ECG([ _-]?\w+)?|M?L?I{1,3}|aV[RLF]|(MCL?|CM|D|M?V)[1-9]?)$/i
const pulseWave = /^(PLETH|PPG|BVP)\w*$/i

/** Other spellings of the units in the table of signals, as factors to that unit. */
const unitFactors: Record<string, Record<string, number>> = {
  mV: { uV: 1e-3, µV: 1e-3, V: 1e3 },
  '[g]': { g: 1, mg: 1e-3, 'm/s2': 1 / 9.80665 },
  '/min': { bpm: 1, 'beats/min': 1, 'breaths/min': 1 },
  Cel: { degC: 1, '°C': 1, C: 1 },
  'mm[Hg]': { mmHg: 1 },
}

/** The signal that a channel of this name and unit is; undefined where it is not plain. */
export function signalOfChannel(name: string, unit: string): SignalName | undefined {
  const candidate = ecgLead.test(name.trim()) ? 'ecg' : pulseWave.test(name.trim()) ? 'ppg' : undefined
  return candidate !== undefined && unitFactor(unit, candidate) !== undefined ? candidate : undefined
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
