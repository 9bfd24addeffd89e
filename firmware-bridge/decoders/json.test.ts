import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxTick } from '../records.ts'
import { decodeJsonPayload } from './json.ts'

const decode = (value: unknown) => decodeJsonPayload(new TextEncoder().encode(JSON.stringify(value)))
const header = { bootId: 1, sequence: 2, tick: 3_000_000 }
const heartRate = { ...header, signal: 'heartRate', values: [72, null, 72.5], rateHz: 1, unit: '/min' }
const withoutUnit = { ...heartRate, unit: undefined }

describe('the JSON payload', () => {
  it('holds samples of one signal, null for those that are missing', () => {
    expect(decode(heartRate)).toEqual([
      { kind: 'samples', ...header, signal: 'heartRate', rateHz: 1, values: Float32Array.of(72, NaN, 72.5) },
    ])
  })

  it('holds an event of the device', () => {
    expect(decode({ ...header, event: 'battery', value: 80 })).toEqual([
      { kind: 'event', ...header, code: 'battery', value: 80 },
    ])
    expect(decode({ ...header, event: 'lead-off' })).toEqual([{ kind: 'event', ...header, code: 'lead-off' }])
  })

  it('holds several, of which a bad one refuses no other', () => {
    const out = decode([heartRate, 5, { ...heartRate, sequence: 3, signal: 'spo2', unit: '%' }])
    expect(out).toMatchObject([
      { kind: 'samples' },
      { kind: 'fault', reason: 'bad-value' },
      { kind: 'samples', signal: 'spo2' },
    ])
  })

  it('refuses values outside the physical range and keeps the rest', () => {
    expect(decode({ ...heartRate, values: [72, 351, -1] })).toMatchObject([
      { kind: 'fault', reason: 'out-of-range', detail: 'heartRate: 2 of 3 values outside 10 to 350 /min' },
      { kind: 'samples', values: Float32Array.of(72, NaN, NaN) },
    ])
  })

  it.each<[string, unknown, string, string]>([
    ['another unit', { ...heartRate, unit: 'bpm' }, 'bad-value', 'unit: expected "/min" for heartRate, received "bpm"'],
    ['no unit', withoutUnit, 'bad-value', 'unit: '],
    ['an unknown signal', { ...heartRate, signal: 'aura' }, 'unknown-signal', 'signal: '],
    ['an unknown field', { ...heartRate, colour: 'red' }, 'bad-value', 'colour'],
    ['no values', { ...heartRate, values: [] }, 'bad-value', 'values: '],
    ['a value that is no number', { ...heartRate, values: ['72'] }, 'bad-value', 'values.0: '],
    ['a fractional tick', { ...heartRate, tick: 0.5 }, 'bad-value', 'tick: '],
    ['a tick beyond 2^53-1', { ...heartRate, tick: 2 ** 60 }, 'bad-value', 'tick: '],
    ['a tick of more than 100 years', { ...heartRate, values: [72], tick: maxTick + 1 }, 'bad-value', 'tick: '],
    ['a last sample beyond that', { ...heartRate, tick: maxTick }, 'bad-value', 'tick: expected the last sample'],
    ['a rate of 0', { ...heartRate, rateHz: 0 }, 'bad-value', 'rateHz: '],
    ['an unknown event', { ...header, event: 'sneeze' }, 'bad-value', 'event: '],
    ['battery without percent', { ...header, event: 'battery' }, 'bad-value', 'event.value: expected percent'],
    ['battery above 100 percent', { ...header, event: 'battery', value: 101 }, 'out-of-range', 'event.value'],
    ['null', null, 'bad-value', 'json: '],
    ['too many items', new Array(1001).fill(heartRate), 'too-long', 'json: expected at most 1000 items, received 1001'],
  ])('refuses %s', (_, value, reason, detail) => {
    const out = decode(value)
    expect(out).toMatchObject([{ kind: 'fault', reason }])
    expect(out[0]).toHaveProperty('detail', expect.stringContaining(detail))
  })

  it.each([
    ['nothing', ''],
    ['half an object', '{"bootId":'],
    ['bytes that are not UTF-8', '\xff'],
  ])('refuses %s', (_, text) => {
    expect(decodeJsonPayload(Buffer.from(text, 'latin1'))).toMatchObject([{ kind: 'fault', reason: 'bad-value' }])
  })

  it('takes a tick of 100 years', () => {
    expect(decode({ ...heartRate, values: [72], tick: maxTick })).toMatchObject([{ kind: 'samples', tick: maxTick }])
  })

  it('keeps of a bad item its own bytes as they came', () => {
    const payload = Buffer.from(`[ ${JSON.stringify(heartRate)}, {"signal": "a, [b"} ,7]`)
    const faults = decodeJsonPayload(payload).flatMap((out) => (out.kind === 'fault' ? [out] : []))
    expect(faults.map(({ bytes }) => Buffer.from(bytes).toString().trim())).toEqual(['{"signal": "a, [b"}', '7'])
  })

  it('keeps of what it quotes no more than a line', () => {
    const [fault] = decode({ ...heartRate, unit: 'x'.repeat(100_000) })
    expect(fault).toMatchObject({ kind: 'fault', detail: expect.stringMatching(/^.{1,300}$/) as string })
  })

  it.each([
    ['arrays', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['arrays without an end', '['.repeat(500_000)],
    ['objects', '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000)],
    ['values', `{"signal":"ecg","values":${'['.repeat(50_000) + ']'.repeat(50_000)}}`],
  ])('refuses deeply nested %s', (_, text) => {
    expect(decodeJsonPayload(Buffer.from(text))).toMatchObject([
      { kind: 'fault', reason: 'bad-value', detail: expect.stringContaining('at most 16 deep') as string },
    ])
  })

  it('never throws, whatever the bytes', () => {
    const keys = fc.constantFrom('event', 'signal', 'values', 'unit', 'tick', '__proto__', 'x')
    const item = fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()), fc.constant(heartRate))
    const nested = fc.tuple(fc.array(item, { maxLength: 3 }), fc.oneof(fc.nat(20), fc.nat(20_000)))
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'[]{}",:\\ 1enu') }).map((text) => Buffer.from(text)),
      nested.map(([items, depth]) => Buffer.from('['.repeat(depth) + JSON.stringify(items) + ']'.repeat(depth))),
    )
    fc.assert(
      fc.property(payload, (bytes) => {
        for (const out of decodeJsonPayload(bytes)) JSON.stringify(out)
      }),
      { numRuns: 300 },
    )
  })

  it('refuses a payload of more than 1 MiB without reading it', () => {
    expect(decodeJsonPayload(new Uint8Array(2 ** 20 + 1))).toMatchObject([{ kind: 'fault', reason: 'too-long' }])
  })
})
