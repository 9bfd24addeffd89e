import type { NoReadingCause } from '../../records.ts'
import type { SignalName } from '../../signals.ts'

/** Measurement Status: Pulse Oximeter Service 1.0.1, table 3.4. Bits 0 to 4 are reserved for future use and ignored. */
export const measurementStatus = {
  ongoing: 1 << 5,
  earlyEstimate: 1 << 6,
  validated: 1 << 7,
  fullyQualified: 1 << 8,
  fromStorage: 1 << 9,
  demonstration: 1 << 10,
  testing: 1 << 11,
  calibrationOngoing: 1 << 12,
  unavailable: 1 << 13,
  questionable: 1 << 14,
  invalid: 1 << 15,
} as const

/** Device and Sensor Status: the same, table 3.5. Bits 16 to 23 are reserved for future use and ignored. */
export const sensorStatus = {
  extendedDisplayUpdate: 1 << 0,
  equipmentMalfunction: 1 << 1,
  signalProcessingIrregularity: 1 << 2,
  inadequateSignal: 1 << 3,
  poorSignal: 1 << 4,
  lowPerfusion: 1 << 5,
  erraticSignal: 1 << 6,
  nonpulsatileSignal: 1 << 7,
  questionablePulse: 1 << 8,
  signalAnalysisOngoing: 1 << 9,
  sensorInterference: 1 << 10,
  sensorUnconnectedToUser: 1 << 11,
  unknownSensor: 1 << 12,
  sensorDisplaced: 1 << 13,
  sensorMalfunctioning: 1 << 14,
  sensorDisconnected: 1 << 15,
} as const

/** Both status fields of a message; 0 where the message has none. */
export interface PlxStatus {
  measurement: number
  sensor: number
}

const unusableSignal =
  sensorStatus.signalProcessingIrregularity |
  sensorStatus.inadequateSignal |
  sensorStatus.poorSignal |
  sensorStatus.erraticSignal |
  sensorStatus.nonpulsatileSignal |
  sensorStatus.questionablePulse |
  sensorStatus.sensorInterference |
  sensorStatus.sensorDisplaced

const notOfNow = measurementStatus.fromStorage | measurementStatus.demonstration | measurementStatus.testing

/** Whether the message tells of this moment: what was stored, shown or tested says nothing of sensor and wearer now. */
export const isOfNow = ({ measurement }: PlxStatus): boolean => (measurement & notOfNow) === 0

/** Equipment or sensor that calls itself broken. */
export const isMalfunction = ({ sensor }: PlxStatus): boolean =>
  (sensor & (sensorStatus.equipmentMalfunction | sensorStatus.sensorMalfunctioning)) !== 0

/** How the contact with the wearer is lost, or undefined where no bit says so: the device may not be able to tell. */
export function lostContact({ sensor }: PlxStatus): 'lead-off' | 'off-body' | undefined {
  if (sensor & sensorStatus.sensorDisconnected) return 'lead-off'
  return sensor & sensorStatus.sensorUnconnectedToUser ? 'off-body' : undefined
}

/**
 * Why the values of a message are not to be used, or undefined where they are: the first of the list that applies, so that
 * the sensor's own trouble comes before what follows from it. Bits that call a value doubtful (questionable, early
 * estimate, poor signal, low perfusion) take it too: IEEE 11073-20601 lets such values be shown with their mark, and a
 * reading has none, so it would pass for a good one. Low perfusion leaves the perfusion index, which is what it is about.
 *
 * @param ongoing a measurement still under way is the rule where it is continuous, and not yet final in a spot check
 */
export function unusable(
  { measurement, sensor }: PlxStatus,
  signal: SignalName,
  ongoing: 'usable' | 'not-final',
): NoReadingCause | undefined {
  const of = measurementStatus
  if (measurement & of.fromStorage) return 'stored'
  if (measurement & (of.demonstration | of.testing)) return 'invalid'
  if (lostContact({ measurement, sensor }) !== undefined) return 'sensor-off'
  if (isMalfunction({ measurement, sensor }) || sensor & sensorStatus.unknownSensor) return 'invalid'
  if (sensor & sensorStatus.signalAnalysisOngoing) return 'searching'
  if (sensor & unusableSignal) return 'poor-signal'
  if (sensor & sensorStatus.lowPerfusion && signal !== 'perfusionIndex') return 'poor-signal'
  if (measurement & (of.invalid | of.unavailable | of.calibrationOngoing)) return 'invalid'
  if (measurement & of.questionable) return 'poor-signal'
  if (measurement & of.earlyEstimate) return 'searching'
  return measurement & of.ongoing && ongoing === 'not-final' ? 'searching' : undefined
}
