import { describe, expect, it } from 'vitest'
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
    ['a last sample beyond 2^53-1 µs', { ...heartRate, tick: Number.MAX_SAFE_INTEGER }, 'bad-value', 'tick: '],
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

  it('refuses a payload of more than 1 MiB without reading it', () => {
    expect(decodeJsonPayload(new Uint8Array(2 ** 20 + 1))).toMatchObject([{ kind: 'fault', reason: 'too-long' }])
  })
})
