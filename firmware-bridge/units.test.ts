import { describe, expect, it } from 'vitest'
import type { SignalName } from './signals.ts'
import { signalNames, signals } from './signals.ts'
import { allUnits, toTableUnit, unitsOf } from './units.ts'

const convert = (signal: SignalName, value: number, unit: string): number => toTableUnit(signal, unit)!(value)

describe('units', () => {
  it('begin, for each signal, with that of the table, which changes nothing', () => {
    for (const signal of signalNames) {
      const { unit, min, max } = signals[signal]
      expect(unitsOf(signal)[0]).toBe(unit)
      for (const value of [min, max, 36.6]) expect(convert(signal, value, unit)).toBe(value)
    }
  })

  it('are each listed once a signal, and known', () => {
    for (const signal of signalNames) {
      expect(new Set(unitsOf(signal)).size).toBe(unitsOf(signal).length)
      expect(allUnits).toEqual(expect.arrayContaining(unitsOf(signal)))
    }
  })

  it.each<[SignalName, number, string, number]>([
    ['ecg', 1500, 'uV', 1.5],
    ['ecg', 1500, 'µV', 1.5],
    ['ecg', 1500, 'μV', 1.5],
    ['ecg', -0.002, 'V', -2],
    ['accX', 9.80665, 'm/s2', 1],
    ['accY', -19.6133, 'm/s^2', -2],
    ['accZ', 1000, 'm[g]', 1],
    ['accZ', 250, 'mg', 0.25],
    ['accZ', 1, 'g', 1],
    ['heartRate', 1.2, 'Hz', 72],
    ['heartRate', 72, 'bpm', 72],
    ['respirationRate', 0.25, '/s', 15],
    ['respirationRate', 15, '{breaths}/min', 15],
    ['spo2', 0.97, '1', 97],
    ['perfusionIndex', 0.02, '1', 2],
    // The scales meet at -40; 32 and 212 are water's freezing and boiling point.
    ['temperature', -40, '[degF]', -40],
    ['temperature', 32, '°F', 0],
    ['skinTemperature', 212, 'degF', 100],
    ['temperature', 98.6, '[degF]', 37],
    ['temperature', 310.15, 'K', 37],
    // NIST SP 811, appendix B: 1 mmHg is 0.1333224 kPa.
    ['bloodPressureSystolic', 16, 'kPa', 120.0102],
    ['bloodPressureDiastolic', 13.3322, 'kPa', 100],
    ['bloodPressureDiastolic', 80, 'mmHg', 80],
    ['rrInterval', 0.8, 's', 800],
    ['rrInterval', 800_000, 'us', 800],
    ['ppg', 123_456, '{counts}', 123_456],
  ])('%s: %d %s is %d', (signal, value, unit, expected) => {
    expect(convert(signal, value, unit)).toBeCloseTo(expected, 3)
  })

  it('keep exact what is exact in both', () => {
    for (let celsius = 20; celsius <= 45; celsius += 5)
      expect(convert('temperature', (celsius * 9) / 5 + 32, '[degF]')).toBe(celsius)
    for (let count = -2000; count <= 2000; count++) expect(convert('ecg', count, 'uV')).toBe(count / 1000)
  })

  it.each<[SignalName, string]>([
    ['heartRate', 'ms'],
    ['heartRate', 'BPM'],
    ['ecg', 'MV'],
    ['temperature', 'C'],
    ['spo2', ''],
    ['ppg', '%'],
    ['ecg', '__proto__'],
  ])('of %s are not "%s"', (signal, unit) => {
    expect(toTableUnit(signal, unit)).toBeUndefined()
  })
})
