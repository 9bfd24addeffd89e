import { outOfRange } from '../../payloads/samples.ts'
import type { PayloadDecoder, Reading } from '../../records.ts'
import { maxTick } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'
import type { SignalName } from '../../signals.ts'
import { signals } from '../../signals.ts'
import { attributeDecoder } from '../bluetooth/attribute.ts'
import { pulseIntervals } from './pulseIntervals.ts'
import type { Interleaved } from './samples.ts'
import { deltaSamples, rawSamples } from './samples.ts'
import { SampleTiming } from './sampleTiming.ts'

/** Type u8, time of the last sample u64 in ns, form u8. */
const headerBytes = 10
const compressed = 0x80
/** The upper two bits of the type are not part of it. */
const typeBits = 0x3f
/** Acceleration in differences of form 0: g a count in the range of 8 g, the only one outside of the SDK mode. */
const gPerCount = 0.000244

/** How a form of frame is read, and counts a unit where that is not the measurement's own. */
interface Form {
  (view: DataView, at: number, channels: number): Interleaved | Refusal
  perUnit?: number
}

/** A measurement: its channels, counts a unit, its forms by frame type, the rates that devices offer in Hz, nominal first. */
interface Measurement {
  channels: SignalName[]
  perUnit: number
  forms: Record<number, Form>
  rates: [number, ...number[]]
}

const raw = (width: number) => (view: DataView, at: number, channels: number) => rawSamples(view, at, width, channels)
const delta = (width: number, perUnit?: number): Form =>
  Object.assign(
    (view: DataView, at: number, channels: number) => deltaSamples(view, at, width, channels),
    perUnit === undefined ? {} : { perUnit },
  )

/** Electrocardiogram in µV, acceleration in milli-g, light of three photodiodes and the ambient light. */
const measurements: Record<number, Measurement> = {
  0: { channels: ['ecg'], perUnit: 1000, forms: { 0: raw(3) }, rates: [130] },
  1: {
    channels: ['ppg', 'ppg2', 'ppg3', 'ppgAmbient'],
    perUnit: 1,
    forms: { 0: raw(3), [compressed]: delta(3) },
    rates: [135, 28, 44, 55, 130, 176],
  },
  2: {
    channels: ['accX', 'accY', 'accZ'],
    perUnit: 1000,
    forms: { 0: raw(1), 1: raw(2), 2: raw(3), [compressed]: delta(2, 1 / gPerCount), [compressed | 1]: delta(2) },
    rates: [200, 25, 26, 50, 52, 100, 104, 208, 416],
  },
}
const intervalsType = 3
const otherTypes: Record<number, string> = {
  5: 'gyroscope',
  6: 'magnetometer',
  7: 'skin temperature',
  9: 'SDK mode',
  10: 'location',
  11: 'pressure',
  12: 'temperature',
}

/**
 * Data notifications of the Polar Measurement Data service of H10, OH1 and Verity Sense (Polar BLE SDK, technical documentation "Polar
 * Measurement Data Specification", and its `BlePMDClient`): ECG, PPG and acceleration, raw or as differences, and pulse intervals. The frame says
 * when its last sample was taken and nothing of the rate, see `SampleTiming`. Compressed acceleration of form 0 has a factor
 * that only the settings of the measurement say; that of the range of 8 g is taken (0x397fda40 in the specification's example).
 */
export function polarPmd(): PayloadDecoder {
  const timings = new Map<number, SampleTiming>()
  const intervals = pulseIntervals()
  return attributeDecoder('polar-pmd', (view) => {
    if (view.byteLength < headerBytes)
      return [refuse('bad-length', `polar-pmd: expected at least ${headerBytes} bytes, received ${view.byteLength}`)]
    const type = view.getUint8(0) & typeBits
    const form = view.getUint8(9)
    if (type === intervalsType && form === 0) return intervals(view, headerBytes)
    const measurement = measurements[type]
    const read = measurement?.forms[form]
    if (measurement === undefined || read === undefined) return [unknown(type, form)]
    const counts = read(view, headerBytes, measurement.channels.length)
    if ('kind' in counts) return [counts]
    const count = counts.length / measurement.channels.length
    const lastMicros = Number(view.getBigUint64(1, true) / 1000n)
    if (lastMicros > maxTick)
      return [refuse('bad-value', `polar-pmd timestamp: expected at most ${maxTick} µs, received ${lastMicros}`)]
    const timing = timings.get(type) ?? new SampleTiming(measurement.rates)
    timings.set(type, timing)
    const { rateHz, tick } = timing.place(count, lastMicros)
    const perUnit = read.perUnit ?? measurement.perUnit
    return measurement.channels.flatMap((signal, channel) =>
      readings(signal, rateHz, tick, (i) => counts[i * measurement.channels.length + channel]! / perUnit, count),
    )
  })
}

function readings(
  signal: SignalName,
  rateHz: number,
  tick: number,
  valueAt: (sample: number) => number,
  count: number,
): (Reading | Refusal)[] {
  const { min, max } = signals[signal]
  let outside = 0
  const values = Float32Array.from({ length: count }, (_, i) => {
    const value = valueAt(i)
    if (value >= min && value <= max) return value
    outside++
    return NaN
  })
  // A clock that was never set says 0: then the arrival is all there is.
  const reading: Reading = { kind: 'samples', signal, rateHz, values, ...(tick > 0 && { tick }) }
  return outside > 0 ? [outOfRange(signal, outside, count), reading] : [reading]
}

function unknown(type: number, form: number): Refusal {
  const name = otherTypes[type] ?? 'measurement'
  const known = 'ECG, PPG, acceleration or pulse intervals in a form that is read'
  return refuse(
    'unknown-record',
    `polar-pmd: expected ${known}, received ${name} (type ${type}, form 0x${form.toString(16)})`,
  )
}
