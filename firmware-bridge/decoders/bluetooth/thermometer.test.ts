import { describe, expect, it } from 'vitest'
import { bytesOf } from './hex.testing.ts'
import { bleThermometer } from './thermometer.ts'

const decode = (hex: string) => bleThermometer()(bytesOf(hex))
const temperature = (value: number, signal = 'temperature') => [
  { kind: 'samples', signal, rateHz: 1, values: Float32Array.of(value) },
]

describe('Temperature Measurement', () => {
  // What a real thermometer showed and sent (Stack Overflow 54834439): with time stamp and type 2, body.
  it.each([
    ['06-68-01-00-FF-E2-07-03-0A-15-34-00-02', 36],
    ['06-6A-01-00-FF-E2-07-03-0A-14-14-00-02', 36.2],
    ['06-70-01-00-FF-E2-07-03-0A-14-1B-00-02', 36.8],
    ['06-5A-01-00-FF-E2-07-03-0A-14-1F-00-02', 34.6],
  ])('reads %s as %d °C', (hex, celsius) => expect(decode(hex)).toEqual(temperature(celsius)))

  it('reads what Zephyr sends: whole degrees and nothing else (zephyr, samples/bluetooth/peripheral_ht)', () => {
    expect(decode('00 19 00 00 00')).toEqual(temperature(25))
  })

  it('converts °F', () => {
    expect(decode('01 da 03 00 ff')).toEqual(temperature(37))
    expect(decode('05 da 03 00 ff 01')).toEqual(temperature(37))
  })

  it('knows skin by where it is taken', () => {
    const signals = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((type) => {
      const [reading] = decode(`04 6c 01 00 ff 0${type}`)
      return reading?.kind === 'samples' ? reading.signal : undefined
    })
    const core = 'temperature'
    expect(signals).toEqual([core, core, core, 'skinTemperature', core, core, core, 'skinTemperature', core])
    // 15 °C is a cold finger, and no body temperature.
    expect(decode('04 0f 00 00 00 04')).toEqual(temperature(15, 'skinTemperature'))
    expect(decode('04 0f 00 00 00 02')).toMatchObject([{ kind: 'fault', reason: 'out-of-range' }])
  })

  it.each(['00', '0a', 'ff'])('refuses the reserved type %s', (type) => {
    expect(decode(`04 6c 01 00 ff ${type}`)).toMatchObject([
      {
        reason: 'bad-value',
        detail: `ble-thermometer.type: expected a temperature type of 1 to 9, received ${parseInt(type, 16)}`,
      },
    ])
  })

  it.each([
    ['ff ff 7f 00', 'invalid'],
    ['00 00 80 00', 'not-at-this-resolution'],
    ['fe ff 7f 00', 'over-range'],
    ['02 00 80 00', 'under-range'],
    ['01 00 80 00', 'reserved'],
  ])('says that %s is no number: %s', (bytes, cause) => {
    for (const flags of ['00', '01'])
      expect(decode(`${flags} ${bytes}`)).toEqual([{ kind: 'event', code: 'no-reading', signal: 'temperature', cause }])
    expect(decode(`04 ${bytes} 08`)).toMatchObject([{ signal: 'skinTemperature', cause }])
  })

  it('refuses what no body has, and does not clip', () => {
    expect(decode('00 c3 01 00 ff')).toMatchObject([
      { reason: 'out-of-range', detail: 'temperature: expected 20 to 45 Cel, received 45.1' },
    ])
    expect(decode('00 c2 01 00 ff')).toEqual(temperature(45))
    expect(decode('01 72 00 00 00')).toMatchObject([{ reason: 'out-of-range' }])
    // Exponent 123: no FLOAT of a thermometer, though some examples on the net have it for 37.0.
    expect(decode('00 20 75 38 7b')).toMatchObject([{ reason: 'out-of-range' }])
  })

  it('ignores flags that are reserved', () => {
    expect(decode('f8 6c 01 00 ff')).toEqual(temperature(36.4))
  })

  it.each([
    ['00', 'expected 5 bytes for flags 0x00, received 1'],
    ['02 6c 01 00 ff e2 07 03 0a 15 34', 'expected 12 bytes for flags 0x02, received 11'],
    ['04 6c 01 00 ff', 'expected 6 bytes for flags 0x04, received 5'],
    ['00 6c 01 00 ff 02', 'expected 5 bytes for flags 0x00, received 6'],
  ])('refuses the length of %s', (hex, detail) => {
    expect(decode(hex)).toMatchObject([{ reason: 'bad-length', detail: `ble-thermometer: ${detail}` }])
  })
})
