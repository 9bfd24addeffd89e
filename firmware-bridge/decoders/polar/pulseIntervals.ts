import type { Reading } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'
import { contactEvents } from '../bluetooth/contact.ts'
import { noReading, valueReading } from '../bluetooth/readings.ts'

const sampleBytes = 6
const blocked = 0x01
const inContact = 0x02
const tellsContact = 0x04

/**
 * Intervals between pulses (type 3; Polar BLE SDK, `PpiData`): heart rate u8, interval u16 and its error u16 in ms, flags u8. An
 * interval that the device marks as blocked (motion) is no reading, and neither is its heart rate, which stays at the last
 * reliable one meanwhile (`PolarVeritySense.md` of the SDK); nor is anything off the skin. Heart rate 0 is
 * one that is still looked for. The frame has no time of its own.
 */
export function pulseIntervals(): (view: DataView, at: number) => (Reading | Refusal)[] {
  const contact = contactEvents()
  return (view, at) => {
    const length = view.byteLength - at
    if (length === 0 || length % sampleBytes !== 0)
      return [refuse('bad-length', `polar-pmd: expected intervals of ${sampleBytes} bytes, received ${length} bytes`)]
    const out: (Reading | Refusal)[] = []
    let heartRate: Reading | Refusal | undefined
    for (let i = at; i < view.byteLength; i += sampleBytes) {
      const flags = view.getUint8(i + 5)
      const isOff = (flags & tellsContact) !== 0 && (flags & inContact) === 0
      if ((flags & tellsContact) !== 0) out.push(...contact(isOff ? 'off-body' : 'on'))
      const millis = view.getUint16(i + 1, true)
      const rate = view.getUint8(i)
      const cause = isOff ? 'sensor-off' : (flags & blocked) !== 0 ? 'poor-signal' : undefined
      out.push(cause ? noReading('rrInterval', cause) : valueReading('rrInterval', millis, 1000 / millis))
      heartRate = valueReading('heartRate', cause ?? (rate === 0 ? 'searching' : rate))
    }
    return heartRate === undefined ? out : [...out, heartRate]
  }
}
