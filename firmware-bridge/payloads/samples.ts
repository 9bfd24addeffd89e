import { maxSamplesInRecord } from '../frameLimits.ts'
import type { Quantisation } from '../quantisation.ts'
import { maxCount, missingCount, quantisationFor } from '../quantisation.ts'
import type { RecordHeader, SamplesRecord } from '../records.ts'
import { maxTick } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'
import type { SignalName } from '../signals.ts'
import { signalNames, signals } from '../signals.ts'
import type { ValueRoom } from '../valueRoom.ts'
import { readValues } from './values.ts'

/** signal u8, flags u8, rate u32 (mHz), scale f32 (counts per unit), offset f32, count u16; then the varints. */
const fixedLength = 16

/** By wire code; looked up for each record. */
const knownSignals: ({ signal: SignalName; min: number; max: number } | undefined)[] = []
for (const signal of signalNames) {
  const { wireCode, min, max } = signals[signal]
  knownSignals[wireCode] = { signal, min, max }
}

/**
 * Writes the payload from `at`; returns the index after it. `values` are rounded to the quantisation (without one: the
 * default of the signal); NaN is carried as missing. Throws a RangeError on what the wire cannot carry. A value outside
 * the physical range is written: refusing it is the receiver's part.
 */
export function writeSamples(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  record: SamplesRecord,
  quantisation: Quantisation | undefined,
): number {
  const { values } = record
  if (values.length < 1 || values.length > maxSamplesInRecord)
    throw new RangeError(`samples.values: expected 1 to ${maxSamplesInRecord}, received ${values.length}`)
  const rateMilliHz = Math.round(record.rateHz * 1000)
  if (!(rateMilliHz >= 1 && rateMilliHz <= 0xffffffff))
    throw new RangeError(`samples.rateHz: expected 0.001 to 4294967.295, received ${record.rateHz}`)
  if (!lastTickFits(record.tick, values.length, rateMilliHz / 1000))
    throw new RangeError(`samples.tick: expected the last sample at no more than ${maxTick} µs`)
  const { countsPerUnit, offset } = quantisation ?? quantisationFor(record.signal, largestMagnitude(values))
  const scale = Math.fround(countsPerUnit)
  const origin = Math.fround(offset)
  if (!(scale > 0 && Number.isFinite(scale)) || !Number.isFinite(origin))
    throw new RangeError(`quantisation: expected scale > 0 and a finite offset, received ${countsPerUnit}, ${offset}`)
  view.setUint8(at, signals[record.signal].wireCode)
  view.setUint8(at + 1, 0)
  view.setUint32(at + 2, rateMilliHz, true)
  view.setFloat32(at + 6, scale, true)
  view.setFloat32(at + 10, origin, true)
  view.setUint16(at + 14, values.length, true)
  let out = at + fixedLength
  let previous = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const count = Number.isNaN(value) ? missingCount : Math.round((value - origin) * scale)
    if (!(Math.abs(count) <= maxCount) && !Number.isNaN(value))
      throw new RangeError(`samples.values[${i}]: expected at most ${maxCount} counts either way, received ${value}`)
    // Differences wrap at 32 bits, so that every pair of integers has one. Zigzag puts the sign in bit 0.
    const delta = (count - previous) | 0
    previous = count
    let rest = ((delta << 1) ^ (delta >> 31)) >>> 0
    while (rest > 0x7f) {
      bytes[out++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[out++] = rest
  }
  return out
}

/**
 * Reads the payload at `[at, end)`. `value = fround(offset + integer · (1 / scale))`, in 64-bit floats but for the last
 * rounding. A value outside the physical range of the signal becomes NaN, and `refused` says how many did.
 */
export function readSamples(
  view: DataView,
  at: number,
  end: number,
  header: RecordHeader,
  refused: Refusal[],
  room: ValueRoom,
): SamplesRecord | Refusal {
  if (end - at < fixedLength)
    return refuse('bad-length', `samples payload: expected at least ${fixedLength} bytes, received ${end - at}`)
  const known = knownSignals[view.getUint8(at)]
  if (known === undefined) return refuse('unknown-signal', `samples.signal: unknown wire code ${view.getUint8(at)}`)
  const flags = view.getUint8(at + 1)
  const rateMilliHz = view.getUint32(at + 2, true)
  const scale = view.getFloat32(at + 6, true)
  const offset = view.getFloat32(at + 10, true)
  const count = view.getUint16(at + 14, true)
  if (flags !== 0) return refuse('bad-value', `samples.flags: expected 0, received ${flags}`)
  if (rateMilliHz === 0) return refuse('bad-value', 'samples.rate: expected at least 1 mHz, received 0')
  if (!(scale > 0 && Number.isFinite(scale)))
    return refuse('bad-value', `samples.scale: expected > 0, received ${scale}`)
  if (!Number.isFinite(offset))
    return refuse('bad-value', `samples.offset: expected a finite number, received ${offset}`)
  if (count === 0) return refuse('bad-value', 'samples.count: expected at least 1, received 0')
  if (!lastTickFits(header.tick, count, rateMilliHz / 1000))
    return refuse('bad-value', `samples.tick: expected the last sample at no more than ${maxTick} µs`)
  const available = end - at - fixedLength
  // Each sample takes a byte or more: checked before `count` decides how much memory to take.
  if (count > available) return refuse('bad-length', `samples.count: ${count}, but only ${available} bytes follow`)
  const values = room.take(count)
  const { signal, min, max } = known
  const outside = readValues(view, at + fixedLength, end, values, { countsPerUnit: scale, offset, min, max })
  if (typeof outside !== 'number') return outside
  if (outside > 0) refused.push(outOfRange(signal, outside, count))
  const { sequence, bootId, tick } = header
  return { kind: 'samples', sequence, bootId, tick, signal, rateHz: rateMilliHz / 1000, values }
}

/** One refusal a record, however many of its values were outside. */
export function outOfRange(signal: SamplesRecord['signal'], outside: number, count: number): Refusal {
  const { min, max, unit } = signals[signal]
  return refuse('out-of-range', `${signal}: ${outside} of ${count} values outside ${min} to ${max} ${unit}`)
}

/** Whether the last of `count` samples still has a tick of at most `maxTick`. */
export const lastTickFits = (tick: number, count: number, rateHz: number): boolean =>
  tick + ((count - 1) * 1e6) / rateHz <= maxTick

function largestMagnitude(values: Float32Array): number {
  let largest = 0
  for (const value of values)
    if (Math.abs(value) > largest && value !== Infinity && value !== -Infinity) largest = Math.abs(value)
  return largest
}
