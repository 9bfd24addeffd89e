import type { PayloadDecoder, Reading } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'
import { signals } from '../../signals.ts'
import { attributeDecoder, flagsOf, wrongLength } from './attribute.ts'
import { contactEvents } from './contact.ts'
import { noReading, valueReading } from './readings.ts'

const name = 'ble-heart-rate'

/** Flags: Heart Rate Service 1.0, 3.1.1.1. Bits 5 to 7 are reserved for future use and ignored. */
const hasUint16 = 0x01
const contactDetected = 0x02
const contactSupported = 0x04
const hasEnergyExpended = 0x08
const hasRrIntervals = 0x10

/**
 * Heart Rate Measurement (0x2A37; Heart Rate Service 1.0, 3.1; GATT Specification Supplement, Heart Rate Measurement): flags,
 * rate in /min as u8 or u16, energy expended u16 (skipped), and R-R intervals u16 in 1/1024 s, the oldest first, to the end.
 * The flag of the intervals promises at least one; none is taken all the same, so that a device that leaves the flag set in a
 * second without a beat does not lose the rates of a slow heart.
 *
 * Where the sensor says that it has no contact, neither rate nor intervals are values of the wearer, whatever their numbers:
 * straps and bands go on with plausible ones when they lie on a table (polar-ble-sdk issues 137, 430 and 728). A rate of 0,
 * of which the service says nothing, is what sensors send that find no beat: `searching`.
 */
export function bleHeartRate(): PayloadDecoder {
  const contactChanged = contactEvents()
  return attributeDecoder(name, (view) => {
    const flags = view.getUint8(0)
    const rateBytes = flags & hasUint16 ? 2 : 1
    const intervalsAt = 1 + rateBytes + (flags & hasEnergyExpended ? 2 : 0)
    const refusal = flags & hasRrIntervals ? notPairs(view, intervalsAt) : wrongLength(name, view, intervalsAt)
    if (refusal !== undefined) return [refusal]

    const rate = rateBytes === 2 ? view.getUint16(1, true) : view.getUint8(1)
    const detected = (flags & contactDetected) !== 0
    const isSupported = (flags & contactSupported) !== 0
    const contact = contactChanged(!isSupported ? undefined : detected ? 'on' : 'off-body')
    if (isSupported && !detected) {
      const intervals = flags & hasRrIntervals ? [noReading('rrInterval', 'sensor-off')] : []
      return [...contact, noReading('heartRate', 'sensor-off'), ...intervals]
    }
    const heartRate = valueReading('heartRate', rate === 0 ? 'searching' : rate)
    return [...contact, heartRate, ...rrIntervals(view, intervalsAt)]
  })
}

/** A refusal unless what follows the other fields are intervals of two bytes. */
function notPairs(view: DataView, from: number): Refusal | undefined {
  const { byteLength } = view
  if (byteLength >= from && (byteLength - from) % 2 === 0) return undefined
  const expected = `${from} bytes and two for each interval for ${flagsOf(view)}`
  return refuse('bad-length', `${name}: expected ${expected}, received ${byteLength}`)
}

/** Each interval lasts as long as itself; those that no heart has are counted in one refusal. */
function rrIntervals(view: DataView, from: number): (Reading | Refusal)[] {
  const { min, max } = signals.rrInterval
  const readings: (Reading | Refusal)[] = []
  let outside = 0
  let firstOutside = 0
  for (let at = from; at < view.byteLength; at += 2) {
    const milliseconds = (view.getUint16(at, true) * 1000) / 1024
    if (milliseconds >= min && milliseconds <= max)
      readings.push(valueReading('rrInterval', milliseconds, 1000 / milliseconds))
    else if (outside++ === 0) firstOutside = milliseconds
  }
  if (outside > 0) {
    const count = (view.byteLength - from) / 2
    const received = `${firstOutside} (${outside} of ${count} intervals are outside)`
    readings.push(refuse('out-of-range', `rrInterval: expected ${min} to ${max} ms, received ${received}`))
  }
  return readings
}
