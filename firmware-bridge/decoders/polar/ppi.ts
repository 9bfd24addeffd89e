import type { NoReadingCause, Reading } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'
import { signals } from '../../signals.ts'
import { noReading, valueReading } from '../bluetooth/readings.ts'

const sampleBytes = 6
const isBlocked = 0x01
const hasContact = 0x02
const contactSupported = 0x04

/** Reads the samples of a frame, from `from` to the end. */
export type PpiReader = (view: DataView, from: number) => (Reading | Refusal)[]

/**
 * Pulse-to-pulse intervals, frame type 0 (Polar Measurement Data Specification for 3rd Party, frame types PPI;
 * `PPIData.md` of the SDK): rate in /min as u8, interval in ms as u16, its error in ms as u16, flags.
 *
 * With the blocker flag (movement) or without contact neither interval nor rate is the wearer's: `PPIData.md` has the interval
 * thrown away, and `PolarVeritySense.md` says that the rate stays at its last value meanwhile. `off-body` is believed. That the
 * skin is there is not, unless it was said to be gone: OH1 and Verity Sense say so on a table too. A rate of 0 beside a good
 * interval says nothing (the OH1 sends no other). The stamp of the frame is 0 on most devices and not used.
 */
export function ppiReader(): PpiReader {
  let isOff = false
  return (view, from) => {
    const rest = view.byteLength - from
    if (rest === 0 || rest % sampleBytes !== 0)
      return [refuse('bad-length', `polar-pmd PPI: expected a multiple of ${sampleBytes} bytes, received ${rest}`)]
    const items: (Reading | Refusal)[] = []
    for (let at = from; at < view.byteLength; at += sampleBytes) {
      const flags = view.getUint8(at + 5)
      const isOffNow = (flags & contactSupported) !== 0 && (flags & hasContact) === 0
      if (isOffNow !== isOff) items.push({ kind: 'event', code: isOffNow ? 'off-body' : 'on-body' })
      isOff = isOffNow
      const cause = isOffNow ? 'sensor-off' : flags & isBlocked ? 'poor-signal' : undefined
      items.push(interval(view.getUint16(at + 1, true), cause))
      const isLast = at + sampleBytes === view.byteLength
      if (isLast) items.push(...rate(view.getUint8(at), cause))
    }
    return items
  }
}

function interval(milliseconds: number, cause: NoReadingCause | undefined): Reading | Refusal {
  if (cause !== undefined) return noReading('rrInterval', cause)
  // An interval that is refused has no rate of its own.
  const isPossible = milliseconds >= signals.rrInterval.min
  return valueReading('rrInterval', milliseconds, isPossible ? 1000 / milliseconds : 1)
}

function rate(perMinute: number, cause: NoReadingCause | undefined): (Reading | Refusal)[] {
  if (cause !== undefined) return [noReading('heartRate', cause)]
  return perMinute === 0 ? [] : [valueReading('heartRate', perMinute)]
}
