import type { SignalName } from './signals.ts'

/**
 * How samples become integers: `integer = round((value - offset) · countsPerUnit)`. A gain rather than a step, as in WFDB
 * headers and data sheets: 200 per mV, 16384 per g or 100 per °C are exact in a 32-bit float; 0.005, 0.01 are not.
 */
export interface Quantisation {
  /** Integers per unit of the signal; above 0; carried as a 32-bit float. */
  countsPerUnit: number
  /** Value of integer 0, in the unit of the signal; carried as a 32-bit float. */
  offset: number
}

/**
 * Used where the caller names none; at least as fine as the sensors in use. 1000 counts per mV carries the 200 per mV of
 * the MIT-BIH recordings without loss; 16384 per g every power-of-two sensitivity from 2 g on.
 */
export const defaultQuantisation: Readonly<Record<SignalName, Quantisation>> = {
  ecg: { countsPerUnit: 1000, offset: 0 },
  ppg: { countsPerUnit: 10_000, offset: 0 },
  accX: { countsPerUnit: 16_384, offset: 0 },
  accY: { countsPerUnit: 16_384, offset: 0 },
  accZ: { countsPerUnit: 16_384, offset: 0 },
  heartRate: { countsPerUnit: 100, offset: 0 },
  spo2: { countsPerUnit: 100, offset: 0 },
  respirationRate: { countsPerUnit: 100, offset: 0 },
  temperature: { countsPerUnit: 1000, offset: 0 },
  skinTemperature: { countsPerUnit: 1000, offset: 0 },
  bloodPressureSystolic: { countsPerUnit: 100, offset: 0 },
  bloodPressureDiastolic: { countsPerUnit: 100, offset: 0 },
  ppg2: { countsPerUnit: 10_000, offset: 0 },
  ppg3: { countsPerUnit: 10_000, offset: 0 },
  ppgRed: { countsPerUnit: 10_000, offset: 0 },
  ppgInfrared: { countsPerUnit: 10_000, offset: 0 },
  ppgAmbient: { countsPerUnit: 10_000, offset: 0 },
  perfusionIndex: { countsPerUnit: 1000, offset: 0 },
  rrInterval: { countsPerUnit: 100, offset: 0 },
  respiration: { countsPerUnit: 10_000, offset: 0 },
}

/** The integer that stands for "could not be measured" (INT32_MIN). */
export const missingCount = -0x80000000
/** The largest magnitude of an integer that stands for a value. */
export const maxCount = 0x7fffffff

/** The default of a signal, coarsened in steps of ten until `largest` (magnitude, in the signal's unit) fits. */
export function quantisationFor(signal: SignalName, largest: number): Quantisation {
  let { countsPerUnit } = defaultQuantisation[signal]
  while (largest * countsPerUnit >= maxCount) countsPerUnit /= 10
  return { ...defaultQuantisation[signal], countsPerUnit }
}
