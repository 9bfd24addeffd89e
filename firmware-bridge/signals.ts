/**
 * The one table of what can be measured: unit (UCUM), LOINC code, IEEE 11073-10101 MDC code, and the range outside which
 * a value cannot be true of a living person or of the sensor. Values outside are refused as data, never clipped.
 */
export interface Signal {
  /** Number on the wire; never reused. */
  wireCode: number
  /** UCUM. */
  unit: string
  loinc?: string
  mdc?: number
  min: number
  max: number
}

export const signals = {
  ecg: { wireCode: 1, unit: 'mV', loinc: '11524-6', mdc: 256, min: -20, max: 20 },
  ppg: { wireCode: 2, unit: '1', mdc: 150452, min: -1e7, max: 1e7 },
  accX: { wireCode: 3, unit: '[g]', min: -32, max: 32 },
  accY: { wireCode: 4, unit: '[g]', min: -32, max: 32 },
  accZ: { wireCode: 5, unit: '[g]', min: -32, max: 32 },
  heartRate: { wireCode: 6, unit: '/min', loinc: '8867-4', mdc: 147842, min: 10, max: 350 },
  spo2: { wireCode: 7, unit: '%', loinc: '59408-5', mdc: 150456, min: 30, max: 100 },
  respirationRate: { wireCode: 8, unit: '/min', loinc: '9279-1', mdc: 151562, min: 0, max: 120 },
  temperature: { wireCode: 9, unit: 'Cel', loinc: '8310-5', mdc: 150344, min: 20, max: 45 },
  skinTemperature: { wireCode: 10, unit: 'Cel', loinc: '39106-0', mdc: 150388, min: 0, max: 50 },
  bloodPressureSystolic: { wireCode: 11, unit: 'mm[Hg]', loinc: '8480-6', mdc: 150017, min: 20, max: 320 },
  bloodPressureDiastolic: { wireCode: 12, unit: 'mm[Hg]', loinc: '8462-4', mdc: 150018, min: 10, max: 220 },
} as const satisfies Record<string, Signal>

export type SignalName = keyof typeof signals
export const signalNames = Object.keys(signals) as SignalName[]
