import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decoded, Reading } from '../../records.ts'
import { polarPmd } from './polarPmd.ts'

/** Time of the frames of the SDK's own tests: 2 s after the origin. */
const time = [0x00, 0x94, 0x35, 0x77, 0, 0, 0, 0]
const frame = (type: number, form: number, ...content: number[]) => Uint8Array.from([type, ...time, form, ...content])
const at = (seconds: number, bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  new DataView(copy.buffer).setBigUint64(1, BigInt(Math.round(seconds * 1e9)), true)
  return copy
}
const samples = (decoded: Decoded[]) =>
  Object.fromEntries(
    decoded.flatMap((said) => (said.kind === 'samples' ? [[said.signal, Array.from(said.values)]] : [])),
  )
const ofSamples = (decoded: Decoded[]) =>
  decoded.filter((said): said is Extract<Reading, { kind: 'samples' }> => said.kind === 'samples')

describe('Polar PMD', () => {
  it('reads an ECG of 24 bits in µV', () => {
    // 32.77 mV cannot come from a body.
    const out = polarPmd()(frame(0, 0, 0x02, 0x80, 0x00, 0x02, 0x40, 0x00))
    expect(samples(out)['ecg']).toEqual([NaN, Math.fround(16.386)])
    expect(out[0]).toMatchObject({ kind: 'fault', reason: 'out-of-range' })
    expect(samples(polarPmd()(frame(0, 0, 0x18, 0xfc, 0xff, 0xe8, 0x03, 0x00)))['ecg']).toEqual([-1, 1])
  })

  it('reads raw light as the SDK does (PpgDataTest, testRawPpgFrameType0)', () => {
    const content = [
      [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0xff, 0xff, 0x7f, 0x00, 0x00, 0x00],
      [0xff, 0xff, 0xff, 0x0f, 0xef, 0xef, 0x00, 0x00, 0x80, 0x0f, 0xef, 0xef],
    ].flat()
    expect(samples(polarPmd()(frame(1, 0, ...content)))).toEqual({
      ppg: [197_121, -1],
      ppg2: [394_500, -1_052_913],
      ppg3: [8_388_607, -8_388_608],
      ppgAmbient: [0, -1_052_913],
    })
  })

  it('reads differences as the SDK does (testPmdDeltaFrameDecoder)', () => {
    const content = [
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x03, 0x03, 0xaa, 0xaa, 0xcc, 0xcf],
      [0x03, 0x02, 0xaa, 0xaa, 0xcc],
    ].flat()
    const milli = (values: number[]) => values.map((value) => Math.fround(value / 1000))
    expect(samples(polarPmd()(frame(2, 0x81, ...content)))).toEqual({
      accX: milli([-1, 1, -2, 1, 3, 0]),
      accY: milli([-1, -4, -2, -4, -7, -5]),
      accZ: milli([-1, 1, 2, 1, 3, 4]),
    })
  })

  it('reads compressed acceleration of the range of 8 g, whatever the upper bits of the type', () => {
    const [x, y, z] = [4096, -2048, 1].map((count) => Math.fround(count / (1 / 0.000244)))
    const bytes = frame(0x82, 0x80, 0x00, 0x10, 0x00, 0xf8, 0x01, 0x00)
    expect(samples(polarPmd()(bytes))).toEqual({ accX: [x], accY: [y], accZ: [z] })
  })

  it.each([
    [0, [10, 0xf6, 64], [0.01, -0.01, 0.064]],
    [1, [0xe8, 0x03, 0x18, 0xfc, 0, 0], [1, -1, 0]],
    [2, [0xe8, 0x03, 0, 0x18, 0xfc, 0xff, 0, 0, 0], [1, -1, 0]],
  ])('reads raw acceleration of form %d', (form, content, [x, y, z]) => {
    const out = samples(polarPmd()(frame(2, form, ...content)))
    expect([out['accX'], out['accY'], out['accZ']]).toEqual([x, y, z].map((value) => [Math.fround(value!)]))
  })

  it('finds the rate of the frames and keeps it over a gap', () => {
    const decode = polarPmd()
    const block = frame(2, 1, ...new Array<number>(6 * 25).fill(0))
    const out = [1, 1.5, 2, 2.5, 9, 9.5].map((seconds) => ofSamples(decode(at(seconds, block)))[0])
    expect(out.map((said) => said?.rateHz)).toEqual([200, 200, 50, 50, 50, 50])
    // The time is that of the last sample.
    expect(out[3]?.tick).toBe(2.5e6 - 24 * 20_000)
    expect(out[4]?.tick).toBe(9e6 - 24 * 20_000)
  })

  it('times each measurement on its own', () => {
    const decode = polarPmd()
    const acceleration = frame(2, 1, ...new Array<number>(6 * 25).fill(0))
    const ecg = frame(0, 0, ...new Array<number>(3 * 65).fill(0))
    for (const seconds of [1, 1.5, 2]) decode(at(seconds, acceleration))
    for (const seconds of [1.1, 1.6]) expect(ofSamples(decode(at(seconds, ecg)))[0]?.rateHz).toBe(130)
    expect(ofSamples(decode(at(2.5, acceleration)))[0]?.rateHz).toBe(50)
  })

  it('says nothing of the time where the clock was never set', () => {
    expect(ofSamples(polarPmd()(at(0, frame(0, 0, 0, 0, 0))))[0]).not.toHaveProperty('tick')
  })

  it('reads intervals, and none that are blocked or off the skin', () => {
    const decode = polarPmd()
    const out = decode(
      frame(3, 0, 72, 0x40, 0x03, 10, 0, 0x06, 73, 0x40, 0x03, 10, 0, 0x07, 74, 0x40, 0x03, 9, 0, 0x04),
    )
    expect(out).toMatchObject([
      { code: 'on-body' },
      { signal: 'rrInterval', rateHz: 1.2019230769230769, values: Float32Array.of(832) },
      { code: 'no-reading', signal: 'rrInterval', cause: 'poor-signal' },
      { code: 'off-body' },
      { code: 'no-reading', signal: 'rrInterval', cause: 'sensor-off' },
      { code: 'no-reading', signal: 'heartRate', cause: 'sensor-off' },
    ])
    expect(decode(frame(3, 0, 73, 0x40, 0x03, 10, 0, 0x01)).at(-1)).toMatchObject({ cause: 'poor-signal' })
    expect(decode(frame(3, 0, 0, 0x40, 0x03, 10, 0, 0x00)).at(-1)).toMatchObject({ cause: 'searching' })
  })

  it.each([
    ['nothing', new Uint8Array(), 'bad-length'],
    ['a header cut short', frame(0, 0).slice(0, 9), 'bad-length'],
    ['no samples', frame(0, 0), 'bad-length'],
    ['part of a sample', frame(0, 0, 1, 2, 3, 4), 'bad-length'],
    ['a reference cut short', frame(2, 0x81, 1, 2, 3), 'bad-length'],
    ['a block of which only the size is there', frame(2, 0x81, 0, 0, 0, 0, 0, 0, 3), 'bad-length'],
    ['a block that claims too much', frame(2, 0x81, 0, 0, 0, 0, 0, 0, 3, 200, 1), 'bad-length'],
    ['differences of no bits', frame(2, 0x81, 0, 0, 0, 0, 0, 0, 0, 1), 'bad-value'],
    ['a time beyond 100 years', at(3.2e9, frame(0, 0, 1, 2, 3)), 'bad-value'],
    ['a gyroscope', frame(5, 0x80, 0), 'unknown-record'],
    ['a compressed form that is not known', frame(2, 0x82, 0, 0, 0, 0, 0, 0), 'unknown-record'],
    ['intervals of another size', frame(3, 0, 1, 2, 3), 'bad-length'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(polarPmd()(bytes)).toMatchObject([{ kind: 'fault', reason }])
  })

  it('gives back what was packed into differences of any size (property)', () => {
    const arbitrary = fc
      .integer({ min: 2, max: 14 })
      .chain((bits) =>
        fc.tuple(
          fc.constant(bits),
          fc.array(fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }), { minLength: 3, maxLength: 90 }),
        ),
      )
    fc.assert(
      fc.property(arbitrary, ([bits, list]) => {
        const differences = list.slice(0, list.length - (list.length % 3))
        let packed = 0n
        differences.forEach((d, i) => (packed |= BigInt.asUintN(bits, BigInt(d)) << BigInt(i * bits)))
        const bytes = Array.from({ length: Math.ceil((bits * differences.length) / 8) }, (_, i) =>
          Number((packed >> BigInt(8 * i)) & 0xffn),
        )
        const out = samples(polarPmd()(frame(2, 0x81, 0, 0, 0, 0, 0, 0, bits, differences.length / 3, ...bytes)))
        let sum = 0
        const x = [0, ...differences.filter((_, i) => i % 3 === 0).map((d) => (sum += d))]
        expect(out['accX']).toEqual(x.map((milli) => (Math.abs(milli) > 32_000 ? NaN : Math.fround(milli / 1000))))
      }),
    )
  })

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(0, 1, 2, 3),
        fc.constantFrom(0, 1, 0x80, 0x81),
        (bytes, type, form) => {
          const decode = polarPmd()
          decode(bytes)
          decode(frame(type, form, ...bytes))
        },
      ),
    )
  })
})
