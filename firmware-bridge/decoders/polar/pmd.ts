import type { PayloadDecoder, Reading } from '../../records.ts'
import { maxTick } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'
import type { SignalName } from '../../signals.ts'
import { signals } from '../../signals.ts'
import { attributeDecoder } from '../bluetooth/attribute.ts'
import type { Channels } from './deltaFrames.ts'
import { deltaSamples, rawSamples } from './deltaFrames.ts'
import { ppiReader } from './ppi.ts'
import { SampleTiming } from './sampleTiming.ts'

const name = 'polar-pmd'
const headerBytes = 10
/** The upper two bits say how it was recorded (`PmdMeasurementType.kt` of the SDK). */
const measurementMask = 0x3f
const compressed = 0x80

/** How the samples of one frame type lie in memory, and what to multiply them by to get the unit of their signals. */
interface Layout {
  bytes: number
  factor: number
}

interface Measurement {
  name: string
  signals: readonly SignalName[]
  layouts: Readonly<Record<number, Layout>>
  nominalHz: number
  /** Every rate that a device can be set to: `documentation/products` and `SdkModeExplained.md` of the SDK. */
  offeredHz: readonly number[]
}

/** Of a Verity Sense at its range of 8 g: 0x397fda40 in the specification's answer to a start of the stream. */
const gPerCount = 0.000243999995291

const measurements: Readonly<Record<number, Measurement>> = {
  0: { name: 'ECG', signals: ['ecg'], layouts: { 0: { bytes: 3, factor: 0.001 } }, nominalHz: 130, offeredHz: [130] },
  1: {
    name: 'PPG',
    signals: ['ppg', 'ppg2', 'ppg3', 'ppgAmbient'],
    layouts: { 0: { bytes: 3, factor: 1 }, 0x80: { bytes: 3, factor: 1 } },
    nominalHz: 135,
    offeredHz: [28, 44, 55, 135, 176],
  },
  2: {
    name: 'ACC',
    signals: ['accX', 'accY', 'accZ'],
    layouts: {
      0: { bytes: 1, factor: 0.001 },
      1: { bytes: 2, factor: 0.001 },
      2: { bytes: 3, factor: 0.001 },
      0x80: { bytes: 2, factor: gPerCount },
      0x81: { bytes: 2, factor: 0.001 },
    },
    nominalHz: 200,
    offeredHz: [13, 25, 26, 50, 52, 100, 104, 200, 208, 416],
  },
}

const ppi = 3
/** Named in the fault, so that a stream which nobody asked for is found out. */
const otherNames: Readonly<Record<number, string>> = {
  5: 'gyroscope',
  6: 'magnetometer',
  7: 'skin temperature',
  10: 'location',
  11: 'pressure',
  12: 'temperature',
  14: 'stored heart rate',
}

/**
 * Data notifications of the Polar Measurement Data service (FB005C82-02E7-F387-1CAD-8ACD2D8DF0C8): H10, OH1, Verity Sense.
 * Measurement u8, device clock at the **last** sample u64 in ns, frame type u8 (bit 7: compressed), samples. Source: Polar
 * Measurement Data Specification for 3rd Party; frame type 0x81 from `AccData.kt` of `polarofficial/polar-ble-sdk`.
 *
 * The scale of compressed acceleration (0x80) is in the answer to the start of the stream, which a gateway does not forward:
 * that of 8 g is taken, the only range outside SDK mode. How rate and tick are found: `sampleTiming.ts`.
 */
export function polarPmd(): PayloadDecoder {
  const timings = new Map<Measurement, SampleTiming>()
  const readPpi = ppiReader()
  return attributeDecoder(name, (view) => {
    if (view.byteLength < headerBytes)
      return [refuse('bad-length', `${name}: expected at least ${headerBytes} bytes, received ${view.byteLength}`)]
    const type = view.getUint8(0) & measurementMask
    const frameType = view.getUint8(9)
    if (type === ppi && frameType === 0) return readPpi(view, headerBytes)
    const measurement = measurements[type]
    const layout = measurement?.layouts[frameType]
    if (measurement === undefined || layout === undefined) return [unknownFrame(type, frameType)]

    const read = frameType & compressed ? deltaSamples : rawSamples
    const samples = read(view, headerBytes, measurement.signals.length, layout.bytes)
    if ('kind' in samples) return [samples]
    const stamp = Number(view.getBigUint64(1, true) / 1000n)
    if (stamp > maxTick)
      return [refuse('bad-value', `${name} timestamp: expected at most ${maxTick} µs, received ${stamp}`)]
    let timing = timings.get(measurement)
    if (timing === undefined)
      timings.set(measurement, (timing = new SampleTiming(measurement.nominalHz, measurement.offeredHz)))
    const { rateHz, tick } = timing.place(samples[0]?.length ?? 0, stamp)
    if (tick < 0)
      return [
        refuse('bad-value', `${name} timestamp: expected at least the duration of the samples, received ${stamp} µs`),
      ]
    return blocks(samples, measurement.signals, layout.factor, { rateHz, tick })
  })
}

/** A block for each channel; values that cannot be become NaN, with one refusal a channel. */
function blocks(
  samples: Channels,
  names: readonly SignalName[],
  factor: number,
  placement: { rateHz: number; tick: number },
): (Reading | Refusal)[] {
  return names.flatMap((signal, channel) => {
    const { min, max, unit } = signals[signal]
    const values = Float32Array.from(samples[channel] ?? [], (count) => count * factor)
    const outside = values.filter((value) => !(value >= min && value <= max))
    const reading: Reading = { kind: 'samples', signal, ...placement, values: values.map(orMissing(min, max)) }
    if (outside.length === 0) return [reading]
    const received = `${outside[0]} (${outside.length} of ${values.length} samples are outside)`
    return [reading, refuse('out-of-range', `${signal}: expected ${min} to ${max} ${unit}, received ${received}`)]
  })
}

const orMissing =
  (min: number, max: number) =>
  (value: number): number =>
    value >= min && value <= max ? value : NaN

function unknownFrame(type: number, frameType: number): Refusal {
  const known = measurements[type]?.name ?? (type === ppi ? 'PPI' : otherNames[type])
  const received = `${known ?? 'unknown'} (${type}), frame type 0x${frameType.toString(16).padStart(2, '0')}`
  return refuse(
    'unknown-record',
    `${name}: expected ECG 0x00, PPG 0x00, 0x80, ACC 0x00-02, 0x80, 0x81 or PPI 0x00, received ${received}`,
  )
}
