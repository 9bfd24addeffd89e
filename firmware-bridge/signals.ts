/**
 * The one table of what can be measured: unit (UCUM), LOINC code, IEEE 11073-10101 MDC code, and the range outside which
 * a value cannot be true of a living person or of the sensor. Values outside are refused as data, never clipped.
 */
export interface Signal {
  /** Number on the wire; never reused. */
  wireCode: number
  /** UCUM. */
  unit: string
  /** Evenly sampled in blocks, or single values of a vital sign. */
  form: 'waveform' | 'value'
  loinc?: string
  mdc?: number
  min: number
  max: number
}

export const signals = {
  ecg: { wireCode: 1, unit: 'mV', form: 'waveform', loinc: '11524-6', mdc: 131328, min: -20, max: 20 },
  ppg: { wireCode: 2, unit: '1', form: 'waveform', mdc: 150452, min: -1e7, max: 1e7 },
  accX: { wireCode: 3, unit: '[g]', form: 'waveform', min: -32, max: 32 },
  accY: { wireCode: 4, unit: '[g]', form: 'waveform', min: -32, max: 32 },
  accZ: { wireCode: 5, unit: '[g]', form: 'waveform', min: -32, max: 32 },
  /** Of the heart or, from an optical sensor, of the pulse. */
  heartRate: { wireCode: 6, unit: '/min', form: 'value', loinc: '8867-4', mdc: 147842, min: 10, max: 350 },
  spo2: { wireCode: 7, unit: '%', form: 'value', loinc: '59408-5', mdc: 150456, min: 30, max: 100 },
  respirationRate: { wireCode: 8, unit: '/min', form: 'value', loinc: '9279-1', mdc: 151562, min: 0, max: 120 },
  /** Of the body, as taken in the mouth, the ear or the rectum; the skin's is another signal. */
  temperature: { wireCode: 9, unit: 'Cel', form: 'value', loinc: '8310-5', mdc: 150364, min: 20, max: 45 },
  skinTemperature: { wireCode: 10, unit: 'Cel', form: 'value', loinc: '39106-0', mdc: 150388, min: 0, max: 50 },
  /** Non-invasive. */
  bloodPressureSystolic: {
    wireCode: 11,
    unit: 'mm[Hg]',
    form: 'value',
    loinc: '8480-6',
    mdc: 150021,
    min: 20,
    max: 320,
  },
  bloodPressureDiastolic: {
    wireCode: 12,
    unit: 'mm[Hg]',
    form: 'value',
    loinc: '8462-4',
    mdc: 150022,
    min: 10,
    max: 220,
  },
  /** Further photodiodes or wavelengths of a sensor whose first channel is `ppg`. */
  ppg2: { wireCode: 13, unit: '1', form: 'waveform', mdc: 150452, min: -1e7, max: 1e7 },
  ppg3: { wireCode: 14, unit: '1', form: 'waveform', mdc: 150452, min: -1e7, max: 1e7 },
  ppgRed: { wireCode: 15, unit: '1', form: 'waveform', mdc: 150452, min: -1e7, max: 1e7 },
  ppgInfrared: { wireCode: 16, unit: '1', form: 'waveform', mdc: 150452, min: -1e7, max: 1e7 },
  ppgAmbient: { wireCode: 17, unit: '1', form: 'waveform', min: -1e7, max: 1e7 },
  perfusionIndex: { wireCode: 18, unit: '%', form: 'value', loinc: '61006-3', mdc: 150488, min: 0, max: 100 },
  /** Time between two beats; the inverse of its `rateHz`. */
  rrInterval: { wireCode: 19, unit: 'ms', form: 'value', loinc: '8637-1', mdc: 147240, min: 150, max: 10_000 },
  /** Breathing as a waveform, from impedance or a belt, in whatever the sensor counts. */
  respiration: { wireCode: 20, unit: '1', form: 'waveform', min: -1e7, max: 1e7 },
} as const satisfies Record<string, Signal>

export type SignalName = keyof typeof signals
export const signalNames = Object.keys(signals) as SignalName[]
