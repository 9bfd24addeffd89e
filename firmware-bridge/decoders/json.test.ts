import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxTick } from '../records.ts'
import { decodeJsonPayload } from './json.ts'

const decode = (value: unknown) => decodeJsonPayload(new TextEncoder().encode(JSON.stringify(value)))
const header = { bootId: 1, sequence: 2, tick: 3_000_000 }
const heartRate = { ...header, signal: 'heartRate', values: [72, null, 72.5], rateHz: 1, unit: '/min' }
const withoutUnit = { ...heartRate, unit: undefined }
const { bootId, sequence, tick } = header
const temperature = { signal: 'temperature', value: 36.6, unit: 'Cel' }

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

  it('holds a single value, by itself one a second', () => {
    expect(decode({ ...header, ...temperature })).toEqual([
      { kind: 'samples', ...header, signal: 'temperature', rateHz: 1, values: Float32Array.of(36.6) },
    ])
    expect(decode({ ...header, ...temperature, rateHz: 0.1 })).toMatchObject([{ rateHz: 0.1 }])
    expect(decode({ ...header, ...temperature, value: null })).toMatchObject([{ values: Float32Array.of(NaN) }])
  })

  it('holds an interval between beats, which lasts as long as itself', () => {
    expect(decode({ signal: 'rrInterval', value: 0.8, unit: 's' })).toEqual([
      { kind: 'samples', signal: 'rrInterval', rateHz: 1.25, values: Float32Array.of(800) },
    ])
    expect(decode({ signal: 'rrInterval', value: null, unit: 'ms' })).toMatchObject([{ rateHz: 1 }])
  })

  it('holds readings of a device that counts nothing, with its own clock or without', () => {
    expect(
      decode([temperature, { ...temperature, tick: 5 }, { event: 'button' }, { event: 'battery', value: 8, tick: 6 }]),
    ).toEqual([
      { kind: 'samples', signal: 'temperature', rateHz: 1, values: Float32Array.of(36.6) },
      { kind: 'samples', tick: 5, signal: 'temperature', rateHz: 1, values: Float32Array.of(36.6) },
      { kind: 'event', code: 'button' },
      { kind: 'event', tick: 6, code: 'battery', value: 8 },
    ])
    const noReading = { event: 'no-reading', signal: 'spo2', cause: 'searching' }
    expect(decode(noReading)).toEqual([{ kind: 'event', code: 'no-reading', signal: 'spo2', cause: 'searching' }])
  })

  it.each<[object, string]>([
    [
      { bootId },
      'sequence, tick: expected bootId, sequence and tick together, or neither bootId nor sequence, received only bootId',
    ],
    [{ sequence }, 'bootId, tick: expected bootId, sequence and tick together'],
    [{ bootId, sequence }, 'received only bootId and sequence'],
    [{ bootId, tick }, 'received only bootId and tick'],
    [{ sequence, tick }, 'received only sequence and tick'],
  ])('refuses a part of an identity: %j', (part, detail) => {
    for (const item of [temperature, { event: 'button' }])
      expect(decode({ ...part, ...item })).toMatchObject([
        { kind: 'fault', reason: 'bad-value', detail: expect.stringContaining(detail) as string },
      ])
  })

  it('takes other units, and checks the range in that of the table', () => {
    expect(decode({ ...temperature, value: 97.88, unit: '[degF]' })).toMatchObject([{ values: Float32Array.of(36.6) }])
    expect(decode({ ...temperature, value: 113, unit: '°F' })).toMatchObject([{ values: Float32Array.of(45) }])
    expect(decode({ ...temperature, value: 318.15, unit: 'K' })).toMatchObject([{ values: Float32Array.of(45) }])
    expect(decode({ ...temperature, value: 37, unit: '[degF]' })).toMatchObject([
      { kind: 'fault', reason: 'out-of-range', detail: 'temperature: 1 of 1 values outside 20 to 45 Cel' },
      { kind: 'samples', values: Float32Array.of(NaN) },
    ])
    expect(decode({ ...heartRate, values: [1.2, 'NaN', null], unit: 'Hz' })).toMatchObject([
      { values: Float32Array.of(72, NaN, NaN) },
    ])
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
    ['another unit', { ...heartRate, unit: 'ms' }, 'bad-value', 'for heartRate, received "ms"'],
    ['a unit that is no text', { ...heartRate, unit: 1 }, 'bad-value', 'for heartRate, received 1'],
    ['the name of a method as unit', { ...heartRate, unit: 'constructor' }, 'bad-value', 'received "constructor"'],
    ['no unit', withoutUnit, 'bad-value', 'unit: expected "/min" or "1/min" or '],
    [
      'a value without a unit',
      { signal: 'spo2', value: 97 },
      'bad-value',
      'unit: expected "%" or "1" for spo2, received none',
    ],
    [
      'neither value nor values',
      { signal: 'spo2', unit: '%' },
      'bad-value',
      'value: expected a number or null, received none',
    ],
    ['both value and values', { ...heartRate, value: 72 }, 'bad-value', '"value"'],
    ['several values without a rate', { signal: 'spo2', values: [97, 98], unit: '%' }, 'bad-value', 'rateHz: '],
    ['an infinite value', { ...temperature, value: 'Infinity' }, 'bad-value', 'value: '],
    ['no signal', { value: 97, unit: '%' }, 'unknown-signal', 'signal: expected a name, received none; known: ecg, '],
    ['an array in an array', [[heartRate]], 'bad-value', 'json: expected an object'],
    ['a tick that is null', { ...temperature, tick: null }, 'bad-value', 'tick: '],
    ['a last value beyond the clock', { ...temperature, tick: maxTick + 1 }, 'bad-value', 'tick: '],
    ['an unknown signal', { ...heartRate, signal: 'aura' }, 'unknown-signal', 'signal: '],
    ['an unknown field', { ...heartRate, colour: 'red' }, 'bad-value', 'colour'],
    ['no values', { ...heartRate, values: [] }, 'bad-value', 'values: '],
    ['a value that is no number', { ...heartRate, values: ['72'] }, 'bad-value', 'values.0: expected a number or null'],
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
