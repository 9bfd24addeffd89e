import { describe, expect, it } from 'vitest'
import { bleHeartRate } from './heartRate.ts'

const decode = (...bytes: number[]) => bleHeartRate()(Uint8Array.from(bytes))
const rate = (value: number) => ({ kind: 'samples', signal: 'heartRate', rateHz: 1, values: Float32Array.of(value) })
const interval = (ms: number) => ({
  kind: 'samples',
  signal: 'rrInterval',
  rateHz: 1000 / ms,
  values: Float32Array.of(ms),
})
const none = (signal: string, cause: string) => ({ kind: 'event', code: 'no-reading', signal, cause })
const event = (code: string) => ({ kind: 'event', code })

describe('Heart Rate Measurement', () => {
  it('of a Polar H7 gives contact, rate and intervals (e-learn.cn/qa/answer/1013198)', () => {
    const decoder = bleHeartRate()
    // The answer there computes 790/1024 s for the first.
    expect(decoder(Uint8Array.of(22, 77, 22, 3))).toEqual([event('on-body'), rate(77), interval(771.484375)])
    expect(decoder(Uint8Array.of(22, 78, 27, 3, 18, 3))).toEqual([
      rate(78),
      interval(776.3671875),
      interval(767.578125),
    ])
  })

  it('of a Polar H10 says nothing of contact (Stack Overflow 50477232)', () => {
    expect(decode(0x10, 0x48, 0x2c, 0x03)).toEqual([rate(72), interval(792.96875)])
    expect(decode(0x10, 0x49, 0x5e, 0x03, 0x96, 0x03)).toEqual([rate(73), interval(841.796875), interval(896.484375)])
  })

  it('of Zephyr is a byte with contact (zephyr, subsys/bluetooth/services/hrs.c)', () => {
    expect(decode(0x06, 90)).toEqual([event('on-body'), rate(90)])
  })

  // bluetooth-sig-python, test_heart_rate_measurement.py
  it.each([
    { bytes: [0x00, 0x50], readings: [rate(80)] },
    { bytes: [0x01, 0xc8, 0x00], readings: [rate(200)] },
    { bytes: [0x0e, 0x4b, 0x80, 0x00], readings: [event('on-body'), rate(75)] },
    { bytes: [0x10, 0x5a, 0x00, 0x08, 0x00, 0x10], readings: [rate(90), interval(2000), interval(4000)] },
  ])('reads $bytes', ({ bytes, readings }) => expect(decode(...bytes)).toEqual(readings))

  it('reads 16 bits above 255, energy before the intervals', () => {
    expect(decode(0x19, 0x2c, 0x01, 0xff, 0xff, 0x00, 0x04)).toEqual([rate(300), interval(1000)])
  })

  it('keeps the rate of a sensor without contact from the wearer', () => {
    expect(decode(0x04, 71)).toEqual([event('off-body'), none('heartRate', 'sensor-off')])
    expect(decode(0x14, 71, 0, 4)).toEqual([
      event('off-body'),
      none('heartRate', 'sensor-off'),
      none('rrInterval', 'sensor-off'),
    ])
  })

  it('says contact on change only, and no-reading each time', () => {
    const decoder = bleHeartRate()
    const codes = [0x04, 0x04, 0x00, 0x02, 0x06, 0x06, 0x04].map((flags) =>
      decoder(Uint8Array.of(flags, 60)).map((reading) => (reading.kind === 'event' ? reading.code : reading.kind)),
    )
    expect(codes).toEqual([
      ['off-body', 'no-reading'],
      ['no-reading'],
      // Without the feature the status bit means nothing.
      ['samples'],
      ['samples'],
      ['on-body', 'samples'],
      ['samples'],
      ['off-body', 'no-reading'],
    ])
  })

  it('keeps the contact of one device from that of another', () => {
    bleHeartRate()(Uint8Array.of(0x06, 60))
    expect(decode(0x06, 60)).toContainEqual(event('on-body'))
  })

  it('takes a rate of 0 as searching', () => {
    expect(decode(0x00, 0)).toEqual([none('heartRate', 'searching')])
    expect(decode(0x07, 0, 0)).toEqual([event('on-body'), none('heartRate', 'searching')])
  })

  it('refuses an impossible rate and keeps the intervals', () => {
    expect(decode(0x11, 0x5f, 0x01, 0x00, 0x04)).toMatchObject([
      { kind: 'fault', reason: 'out-of-range', detail: 'heartRate: expected 10 to 350 /min, received 351' },
      interval(1000),
    ])
    expect(decode(0x00, 9)).toMatchObject([{ reason: 'out-of-range' }])
  })

  it('refuses impossible intervals and keeps the others in order', () => {
    expect(decode(0x10, 60, 0, 0, 0, 4, 0xff, 0xff, 0, 2)).toMatchObject([
      rate(60),
      interval(1000),
      interval(500),
      {
        kind: 'fault',
        reason: 'out-of-range',
        detail: 'rrInterval: expected 150 to 10000 ms, received 0 (2 of 4 intervals are outside)',
      },
    ])
  })

  it('takes no interval where the flags promise one', () => {
    expect(decode(0x10, 40)).toEqual([rate(40)])
  })

  it('ignores flags that are reserved', () => {
    expect(decode(0xe0, 60)).toEqual([rate(60)])
  })

  it.each([
    { bytes: [], detail: 'ble-heart-rate: expected at least 1 byte, received 0' },
    { bytes: [0], detail: 'ble-heart-rate: expected 2 bytes for flags 0x00, received 1' },
    { bytes: [0x01, 60], detail: 'ble-heart-rate: expected 3 bytes for flags 0x01, received 2' },
    { bytes: [0x08, 60, 0], detail: 'ble-heart-rate: expected 4 bytes for flags 0x08, received 3' },
    { bytes: [0x00, 60, 0, 4], detail: 'ble-heart-rate: expected 2 bytes for flags 0x00, received 4' },
    {
      bytes: [0x10, 60, 0, 4, 0],
      detail: 'ble-heart-rate: expected 2 bytes and two for each interval for flags 0x10, received 5',
    },
  ])('refuses the length of $bytes', ({ bytes, detail }) => {
    expect(decode(...bytes)).toEqual([{ kind: 'fault', reason: 'bad-length', detail, bytes: Uint8Array.from(bytes) }])
  })
})
