import { describe, expect, it } from 'vitest'
import type { Decoded } from '../../records.ts'
import { bytesOf } from './hex.testing.ts'
import { blePlxContinuous } from './plxContinuous.ts'

const decode = (hex: string) => blePlxContinuous()(bytesOf(hex))
const value = (signal: string, number: number) => ({
  kind: 'samples',
  signal,
  rateHz: 1,
  values: Float32Array.of(number),
})
const none = (signal: string, cause: string) => ({ kind: 'event', code: 'no-reading', signal, cause })
const event = (code: string) => ({ kind: 'event', code })

/** SpO2 98 %, pulse 78 /min and amplitude index 8.7 % with the status bits. */
function message(status: { measurement?: number; sensor?: number }): Uint8Array {
  const bytes = bytesOf('1c 62 00 4e 00 00 00 00 00 00 57 f0')
  new DataView(bytes.buffer).setUint16(5, 1 << (status.measurement ?? 16), true)
  new DataView(bytes.buffer).setUint32(7, (1 << (status.sensor ?? 24)) & 0xffffff, true)
  bytes.set(bytesOf('57 f0'), 10)
  return bytes
}
const said = (decoded: Decoded[]) =>
  decoded.map((one) =>
    one.kind === 'event' ? (one.cause ?? one.code) : one.kind === 'samples' ? one.signal : one.kind,
  )
const good = ['on-body', 'spo2', 'heartRate', 'perfusionIndex']

describe('PLX Continuous Measurement', () => {
  it('of a ChoiceMMed oximeter (Stack Overflow 71264072): a measurement under way is a value', () => {
    expect(decode('0c-62-00-4E-00-20-00-00-00-00')).toEqual([
      event('on-body'),
      value('spo2', 98),
      value('heartRate', 78),
    ])
  })

  // StanfordSpezi/SpeziBluetooth, PLXTests.swift
  it.each([
    { bytes: [0, 232, 243, 132, 243], readings: [value('spo2', 100), value('heartRate', 90)] },
    { bytes: [0, 100, 0, 90, 0], readings: [value('spo2', 100), value('heartRate', 90)] },
    {
      bytes: [28, 95, 0, 90, 0, 32, 0, 0, 0, 0, 87, 240],
      readings: [value('spo2', 95), value('heartRate', 90), value('perfusionIndex', 8.7)],
    },
    {
      // Fast 97 % and 137 /min, slow 98 % and 69 /min: not reported.
      bytes: [31, 222, 243, 202, 243, 202, 243, 90, 245, 212, 243, 178, 242, 32, 1, 0, 0, 0, 122, 227],
      readings: [value('spo2', 99), value('heartRate', 97), value('perfusionIndex', 8.9)],
    },
  ])('reads $bytes', ({ bytes, readings }) => {
    expect(blePlxContinuous()(Uint8Array.from(bytes))).toEqual([event('on-body'), ...readings])
  })

  it.each([
    ['ff 07', 'invalid'],
    ['00 08', 'not-at-this-resolution'],
    ['fe 07', 'over-range'],
    ['02 08', 'under-range'],
    ['01 08', 'reserved'],
  ])('says that %s is no number: %s', (special, cause) => {
    expect(decode(`10 ${special} ${special} ${special}`)).toEqual([
      none('spo2', cause),
      none('heartRate', cause),
      none('perfusionIndex', cause),
    ])
    expect(decode(`00 61 00 ${special}`)).toEqual([event('on-body'), value('spo2', 97), none('heartRate', cause)])
  })

  it('refuses what is outside the range of the signal and keeps the rest', () => {
    expect(decode('00 7f 00 4e 00')).toMatchObject([
      { kind: 'fault', reason: 'out-of-range', detail: 'spo2: expected 30 to 100 %, received 127' },
      value('heartRate', 78),
    ])
    expect(decode('00 62 00 00 00')).toMatchObject([event('on-body'), value('spo2', 98), { reason: 'out-of-range' }])
  })

  // Pulse Oximeter Service 1.0.1, table 3.4
  it.each<[number, string, string | undefined]>([
    [0, 'reserved', undefined],
    [4, 'reserved', undefined],
    [5, 'measurement ongoing', undefined],
    [6, 'early estimated data', 'searching'],
    [7, 'validated data', undefined],
    [8, 'fully qualified data', undefined],
    [9, 'data from measurement storage', 'stored'],
    [10, 'data for demonstration', 'invalid'],
    [11, 'data for testing', 'invalid'],
    [12, 'calibration ongoing', 'invalid'],
    [13, 'measurement unavailable', 'invalid'],
    [14, 'questionable measurement detected', 'poor-signal'],
    [15, 'invalid measurement detected', 'invalid'],
  ])('takes bit %i of the measurement status, %s, as %s', (measurement, _, cause) => {
    expect(said(blePlxContinuous()(message({ measurement })))).toEqual(cause ? [cause, cause, cause] : good)
  })

  // The same, table 3.5
  it.each<[number, string, string[]]>([
    [0, 'extended display update ongoing', good],
    [1, 'equipment malfunction detected', ['fault', 'invalid', 'invalid', 'invalid']],
    [2, 'signal processing irregularity detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [3, 'inadequate signal detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [4, 'poor signal detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [5, 'low perfusion detected', ['poor-signal', 'poor-signal', 'perfusionIndex']],
    [6, 'erratic signal detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [7, 'nonpulsatile signal detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [8, 'questionable pulse detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [9, 'signal analysis ongoing', ['searching', 'searching', 'searching']],
    [10, 'sensor interference detected', ['poor-signal', 'poor-signal', 'poor-signal']],
    [11, 'sensor unconnected to user', ['off-body', 'sensor-off', 'sensor-off', 'sensor-off']],
    [12, 'unknown sensor connected', ['invalid', 'invalid', 'invalid']],
    [13, 'sensor displaced', ['poor-signal', 'poor-signal', 'poor-signal']],
    [14, 'sensor malfunctioning', ['fault', 'invalid', 'invalid', 'invalid']],
    [15, 'sensor disconnected', ['lead-off', 'sensor-off', 'sensor-off', 'sensor-off']],
    [16, 'reserved', good],
    [23, 'reserved', good],
  ])('takes bit %i of the device and sensor status, %s, as %j', (sensor, _, expected) => {
    expect(said(blePlxContinuous()(message({ sensor })))).toEqual(expected)
  })

  it('says contact on change, and takes the device at its word when it takes it back', () => {
    const decoder = blePlxContinuous()
    const steps = [{ sensor: 9 }, {}, { sensor: 11 }, { sensor: 11 }, { sensor: 9 }, { sensor: 15 }, { sensor: 11 }, {}]
    // What stands before the three readings.
    expect(steps.map((step) => said(decoder(message(step))).slice(0, -3))).toEqual([
      // The sensor looks for a signal, and has never said that it can tell.
      [],
      ['on-body'],
      ['off-body'],
      [],
      ['on-body'],
      ['lead-off'],
      ['off-body'],
      ['on-body'],
    ])
    const other = blePlxContinuous()
    expect(said(other(message({ sensor: 15 })))[0]).toBe('lead-off')
    expect(said(other(message({})))[0]).toBe('lead-on')
  })

  it('has contact again with a value, where the status is left out', () => {
    const decoder = blePlxContinuous()
    decoder(message({ sensor: 11 }))
    expect(said(decoder(bytesOf('00 ff 07 ff 07')))).toEqual(['invalid', 'invalid'])
    expect(said(decoder(bytesOf('00 62 00 4e 00')))).toEqual(['on-body', 'spo2', 'heartRate'])
  })

  it('says a malfunction once until it ends', () => {
    const decoder = blePlxContinuous()
    const faults = [{ sensor: 14 }, { sensor: 1 }, {}, { sensor: 1 }].map(
      (step) => said(decoder(message(step))).filter((code) => code === 'fault').length,
    )
    expect(faults).toEqual([1, 0, 0, 1])
  })

  it('takes nothing of what was stored, shown or tested for now', () => {
    for (const measurement of [9, 10, 11]) {
      const stored = message({ measurement, sensor: 15 })
      expect(said(blePlxContinuous()(stored))).toEqual(Array(3).fill(measurement === 9 ? 'stored' : 'invalid'))
    }
  })

  it('ignores flags that are reserved', () => {
    expect(decode('e0 62 00 4e 00')).toEqual([event('on-body'), value('spo2', 98), value('heartRate', 78)])
  })

  it('refuses bytes left over and bytes missing', () => {
    expect(decode('0c 62 00 4e 00 20 00 00 00')).toMatchObject([
      { reason: 'bad-length', detail: 'ble-plx-continuous: expected 10 bytes for flags 0x0c, received 9' },
    ])
    expect(decode('00 62 00 4e 00 20')).toMatchObject([
      { reason: 'bad-length', detail: 'ble-plx-continuous: expected 5 bytes for flags 0x00, received 6' },
    ])
  })
})
