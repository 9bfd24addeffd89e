import type { NoReadingCause, Reading } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import type { SignalName } from '../../signals.ts'
import { contactEvents } from './contact.ts'
import { readSfloat } from './medicalFloat.ts'
import type { PlxStatus } from './plxStatus.ts'
import { isMalfunction, isOfNow, lostContact, unusable } from './plxStatus.ts'
import { valueReading } from './readings.ts'

/** Where the fields of a message begin; undefined where its flags say that it has none. */
export interface PlxFields {
  measurementStatus: number | undefined
  sensorStatus: number | undefined
  pulseAmplitudeIndex: number | undefined
}

/** Bytes of the optional fields, in the order of the message, after SpO2 and pulse rate of two bytes each. */
export const plxBytes = {
  pair: 4,
  timeStamp: 7,
  measurementStatus: 2,
  sensorStatus: 3,
  pulseAmplitudeIndex: 2,
} as const

/** Says how far a message goes and where its optional fields are: each is there or not, the next follows it. */
export class PlxLayout {
  /** After flags, SpO2 and pulse rate. */
  length: number = 1 + plxBytes.pair

  /** Where the field begins, or undefined where it is not there. */
  field(isThere: boolean, bytes: number): number | undefined {
    if (!isThere) return undefined
    const at = this.length
    this.length += bytes
    return at
  }
}

/**
 * What the messages of one oximeter become: contact and malfunction on change, then SpO2, pulse rate (as `heartRate`) and
 * pulse amplitude index (as `perfusionIndex`), each a value or the reason why there is none.
 *
 * Contact is on with the first SpO2 to be used, or when the device takes back that it was off. A clear bit alone says
 * nothing: the device may not be able to tell (PLX Features, 0x2A60, are not seen here).
 */
export function plxReadings(
  ongoing: 'usable' | 'not-final',
): (view: DataView, fields: PlxFields) => (Reading | Refusal)[] {
  const contactChanged = contactEvents()
  let detects = false
  let broken = false
  return (view, fields) => {
    const status = statusOf(view, fields)
    const reading = (signal: SignalName, value: number | NoReadingCause): Reading | Refusal =>
      valueReading(signal, unusable(status, signal, ongoing) ?? value)
    const spo2 = reading('spo2', readSfloat(view, 1))
    const events: Reading[] = []
    if (isOfNow(status)) {
      const lost = lostContact(status)
      detects ||= lost !== undefined
      const isOn = spo2.kind === 'samples' || (detects && fields.sensorStatus !== undefined)
      events.push(...contactChanged(lost ?? (isOn ? 'on' : undefined)))
      if (isMalfunction(status) && !broken) events.push({ kind: 'event', code: 'fault' })
      broken = isMalfunction(status)
    }
    const { pulseAmplitudeIndex: index } = fields
    return [
      ...events,
      spo2,
      reading('heartRate', readSfloat(view, 3)),
      ...(index === undefined ? [] : [reading('perfusionIndex', readSfloat(view, index))]),
    ]
  }
}

const statusOf = (view: DataView, { measurementStatus, sensorStatus }: PlxFields): PlxStatus => ({
  measurement: measurementStatus === undefined ? 0 : view.getUint16(measurementStatus, true),
  sensor: sensorStatus === undefined ? 0 : view.getUint16(sensorStatus, true),
})
