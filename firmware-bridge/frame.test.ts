import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryRecord } from './arbitraryRecord.testing.ts'
import { decodeFrame, encodeFrame } from './frame.ts'
import { maxEncodedBytes, maxSamplesInRecord, samplesThatAlwaysFit } from './frameLimits.ts'
import type { Quantisation } from './quantisation.ts'
import { defaultQuantisation } from './quantisation.ts'
import type { DecodeFault, DecodeFaultReason, SamplesRecord, WireRecord } from './records.ts'
import { maxTick } from './records.ts'
import { signalNames, signals } from './signals.ts'

interface FrameVector {
  name: string
  record: Omit<WireRecord, 'values'> & { values?: (number | null)[] }
  quantisation?: Quantisation
  /** Reasons for which parts of the record are left out; then `record` is what is left. */
  refused?: DecodeFaultReason[]
  frame: string
}
interface FaultVector {
  name: string
  reason: DecodeFaultReason
  frame: string
}
const vectors = <T>(file: string): T[] =>
  (JSON.parse(readFileSync(new URL(`vectors/${file}`, import.meta.url), 'utf8')) as { vectors: T[] }).vectors
const withoutDelimiter = (frame: Uint8Array): Uint8Array => frame.subarray(0, -1)
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const recordOf = ({ record }: FrameVector): WireRecord =>
  (record.values === undefined
    ? record
    : { ...record, values: Float32Array.from(record.values, (value) => value ?? NaN) }) as WireRecord

const ecg = (values: ArrayLike<number>, more: Partial<SamplesRecord> = {}): SamplesRecord => ({
  kind: 'samples',
  sequence: 1,
  bootId: 2,
  tick: 3,
  signal: 'ecg',
  rateHz: 360,
  values: Float32Array.from(values),
  ...more,
})
const through = (record: WireRecord, quantisation?: Quantisation): WireRecord | DecodeFault =>
  decodeFrame(withoutDelimiter(encodeFrame(record, quantisation)))
const valuesOf = (record: WireRecord | DecodeFault): Float32Array => {
  if (record.kind !== 'samples') throw new Error(`expected samples, received ${JSON.stringify(record)}`)
  return record.values
}

describe('the frame', () => {
  it.each(vectors<FrameVector>('frames.json'))('agrees with the reference bytes: $name', (vector) => {
    if (vector.refused === undefined)
      expect(Buffer.from(encodeFrame(recordOf(vector), vector.quantisation)).toString('hex')).toBe(vector.frame)
    const refused: DecodeFault[] = []
    expect(decodeFrame(withoutDelimiter(fromHex(vector.frame)), refused)).toEqual(recordOf(vector))
    expect(refused.map((fault) => fault.reason)).toEqual(vector.refused ?? [])
  })

  it.each(vectors<FaultVector>('faults.json'))('refuses $name as $reason', ({ frame, reason }) => {
    const bytes = withoutDelimiter(fromHex(frame))
    expect(decodeFrame(bytes)).toMatchObject({ kind: 'fault', reason, bytes: bytes.slice(0, 64) })
  })

  it('gives back any record', () => {
    fc.assert(
      fc.property(arbitraryRecord, (record) => {
        const frame = encodeFrame(record)
        expect(frame.indexOf(0)).toBe(frame.length - 1)
        expect(decodeFrame(withoutDelimiter(frame))).toEqual(record)
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeFrame(bytes).kind).toBe('fault')
      }),
    )
  })

  it('does not return views of memory that the next frame overwrites', () => {
    const first = through(ecg([1, 2, 3]))
    through(ecg([4, 5, 6]))
    expect([...valuesOf(first)]).toEqual([1, 2, 3])
  })
})

describe('samples', () => {
  it('carry every value of a 12-bit, 200 per mV converter (MIT-BIH) to the last bit', () => {
    const counts = Array.from({ length: 8001 }, (_, i) => i - 4000)
    for (let from = 0; from < counts.length; from += 1000) {
      const part = counts.slice(from, from + 1000)
      const sent = ecg(part.map((count) => count / 200))
      expect(valuesOf(through(sent))).toEqual(Float32Array.from(part, (count) => Math.fround(count / 200)))
      expect(valuesOf(through(sent, { countsPerUnit: 200, offset: 0 }))).toEqual(sent.values)
    }
  })

  it('are within half a count of what was sent, for every signal over its range', () => {
    const inRange = fc.constantFrom(...signalNames.filter((name) => signals[name].max < 1e6)).chain((signal) =>
      fc.tuple(
        fc.constant(signal),
        fc.array(fc.float({ min: Math.fround(signals[signal].min), max: signals[signal].max, noNaN: true }), {
          minLength: 1,
        }),
      ),
    )
    fc.assert(
      fc.property(inRange, ([signal, values]) => {
        const halfCount = 0.5 / defaultQuantisation[signal].countsPerUnit
        const received = valuesOf(through(ecg(values, { signal })))
        values.forEach((value, i) => {
          expect(Math.abs(received[i]! - value)).toBeLessThanOrEqual(halfCount + Math.abs(value) * 2 ** -23)
        })
      }),
    )
  })

  it('do not change any more when they are sent on', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1 }), (values) => {
        const once = valuesOf(through(ecg(values)))
        expect(valuesOf(through(ecg(once)))).toEqual(once)
      }),
    )
  })

  it('are coarsened, by default, only as far as 32 bits require', () => {
    const raw = ecg([1e7, -1e7, 123_456], { signal: 'ppg' })
    expect(valuesOf(through(raw))).toEqual(raw.values)
    expect(() => encodeFrame(raw, defaultQuantisation.ppg)).toThrow('samples.values[0]')
  })

  it('outside the physical range become missing, one fault says how many, and the rest is kept', () => {
    const refused: DecodeFault[] = []
    const sent = ecg([72, 9.99, 10, NaN, 350, 350.01], { signal: 'heartRate' })
    const received = decodeFrame(withoutDelimiter(encodeFrame(sent)), refused)
    expect([...valuesOf(received)]).toEqual([72, NaN, 10, NaN, 350, NaN])
    expect(refused).toMatchObject([
      { reason: 'out-of-range', detail: 'heartRate: 2 of 6 values outside 10 to 350 /min' },
    ])
  })

  it('fit into one frame up to the stated numbers', () => {
    const steep = Float32Array.from({ length: samplesThatAlwaysFit }, (_, i) => (i % 2 === 0 ? 1e7 : -1e7))
    expect(valuesOf(through(ecg(steep, { signal: 'ppg' }), { countsPerUnit: 200, offset: 0 }))).toEqual(steep)
    const flat = encodeFrame(ecg(new Float32Array(maxSamplesInRecord)))
    expect(flat.length).toBeLessThanOrEqual(maxEncodedBytes + 1)
    expect(valuesOf(decodeFrame(withoutDelimiter(flat)))).toHaveLength(maxSamplesInRecord)
  })
})

describe('encodeFrame refuses what the wire cannot carry', () => {
  it.each<[string, WireRecord, string]>([
    [
      'a negative sequence',
      ecg([1], { sequence: -1 }),
      'sequence: expected an integer of 0 to 4294967295, received -1',
    ],
    ['a fractional tick', ecg([1], { tick: 0.5 }), 'tick: expected an integer'],
    ['no samples', ecg([]), 'samples.values: expected 1 to 4058, received 0'],
    ['too many samples', ecg(new Float32Array(4059)), 'samples.values: expected 1 to 4058, received 4059'],
    [
      'samples that take too many bytes',
      ecg(Array.from({ length: 4000 }, (_, i) => (i % 2) * 10)),
      'send fewer samples',
    ],
    ['an infinite value', ecg([Infinity]), 'samples.values[0]'],
    ['a rate of 0', ecg([1], { rateHz: 0 }), 'samples.rateHz'],
    [
      'a tick of more than 100 years',
      ecg([1], { tick: maxTick + 1 }),
      'tick: expected an integer of 0 to 3155760000000000',
    ],
    ['a last sample beyond that', ecg([1, 2], { tick: maxTick }), 'samples.tick'],
    ['battery without percent', { kind: 'event', sequence: 0, bootId: 0, tick: 0, code: 'battery' }, 'event.value'],
    [
      'a time before 1970',
      { kind: 'time', sequence: 0, bootId: 0, tick: 0, epochMicros: -1, uncertaintyMicros: 0 },
      'time.epochMicros',
    ],
  ])('%s', (_, record, message) => {
    expect(() => encodeFrame(record)).toThrow(message)
  })

  it.each([0, -1, NaN, Infinity])('a scale of %d', (countsPerUnit) => {
    expect(() => encodeFrame(ecg([1]), { countsPerUnit, offset: 0 })).toThrow('quantisation: expected scale > 0')
  })
})
