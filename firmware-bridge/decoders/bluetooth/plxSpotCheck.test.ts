import { describe, expect, it } from 'vitest'
import { bytesOf } from './hex.testing.ts'
import { blePlxSpotCheck } from './plxSpotCheck.ts'

const decode = (hex: string) => blePlxSpotCheck()(bytesOf(hex))
const value = (signal: string, number: number) => ({
  kind: 'samples',
  signal,
  rateHz: 1,
  values: Float32Array.of(number),
})
const none = (signal: string, cause: string) => ({ kind: 'event', code: 'no-reading', signal, cause })
const event = (code: string) => ({ kind: 'event', code })

describe('PLX Spot-Check Measurement', () => {
  it('of a ChoiceMMed oximeter (Stack Overflow 71264072): 97 % and 96 /min, of low perfusion and not final', () => {
    expect(decode('17-61-00-60-00-E1-07-01-01-01-22-13-20-00-20-00-00')).toEqual([
      none('spo2', 'poor-signal'),
      none('heartRate', 'poor-signal'),
    ])
    // The same without low perfusion, and then final as well.
    expect(decode('17-61-00-60-00-E1-07-01-01-01-22-13-20-00-00-00-00')).toEqual([
      none('spo2', 'searching'),
      none('heartRate', 'searching'),
    ])
    expect(decode('17-61-00-60-00-E1-07-01-01-01-22-13-80-01-00-00-00')).toEqual([
      event('on-body'),
      value('spo2', 97),
      value('heartRate', 96),
    ])
  })

  it('of SpeziBluetooth (PLXTests.swift): questionable, of low perfusion and broken equipment', () => {
    const bytes = [15, 172, 243, 190, 245, 232, 7, 11, 29, 23, 8, 57, 32, 64, 34, 0, 0, 102, 227]
    expect(blePlxSpotCheck()(Uint8Array.from(bytes))).toEqual([
      event('fault'),
      none('spo2', 'invalid'),
      none('heartRate', 'invalid'),
      none('perfusionIndex', 'invalid'),
    ])
  })

  it('reads its fields where its own flags say they are', () => {
    const pair = [event('on-body'), value('spo2', 94), value('heartRate', 147)]
    expect(decode('00 ac f3 be f5')).toEqual(pair)
    expect(decode('08 ac f3 be f5 66 e3')).toEqual([...pair, value('perfusionIndex', 8.7)])
    expect(decode('09 ac f3 be f5 e8 07 0b 1d 17 08 39 66 e3')).toEqual([...pair, value('perfusionIndex', 8.7)])
    expect(decode('02 ac f3 be f5 00 80')).toEqual([none('spo2', 'invalid'), none('heartRate', 'invalid')])
    expect(decode('04 ac f3 be f5 00 08 00')).toEqual([
      event('off-body'),
      none('spo2', 'sensor-off'),
      none('heartRate', 'sensor-off'),
    ])
  })

  it('does not pass a stored measurement off as one of now, nor its contact', () => {
    expect(decode('07 61 00 60 00 e1 07 01 01 01 22 13 00 02 00 88 00')).toEqual([
      none('spo2', 'stored'),
      none('heartRate', 'stored'),
    ])
  })

  it('ignores the flag of a clock that is not set, and those that are reserved', () => {
    expect(decode('f0 ac f3 be f5')).toEqual([event('on-body'), value('spo2', 94), value('heartRate', 147)])
  })

  it('refuses a time stamp cut short', () => {
    expect(decode('01 61 00 60 00 e1 07 01 01 01 22')).toMatchObject([
      { reason: 'bad-length', detail: 'ble-plx-spot-check: expected 12 bytes for flags 0x01, received 11' },
    ])
  })
})
