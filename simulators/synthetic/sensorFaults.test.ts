import { describe, expect, test } from 'vitest'
import { railMillivolts } from './frontEnd.ts'
import { deviation, mean, spectralPower } from './measures.testing.ts'
import { measuredPerson, rates } from './measuredPerson.testing.ts'
import { drawPerson } from './person.ts'
import { ecgRateHz } from './syntheticBody.ts'

const part = (values: number[], rateHz: number, from: number, to: number) =>
  values.slice(Math.round(from * rateHz), Math.round(to * rateHz))
const swing = (values: number[]) =>
  values.reduce((most, value) => Math.max(most, value)) - values.reduce((least, value) => Math.min(least, value))

describe('off the body', () => {
  const off = { kind: 'off-body', atSeconds: 30, durationSeconds: 600 } as const

  test('the device lies still without ECG or pulse, cools down, and goes on reporting a plausible rate', () => {
    const person = measuredPerson(1, 700, off)
    expect(swing(part(person.ecg, ecgRateHz, 40, 620))).toBeLessThan(0.4)
    const { photodiodeCounts, perfusion } = drawPerson(1)
    expect(swing(part(person.ppg, rates.ppg, 40, 620))).toBeLessThan(photodiodeCounts * perfusion)
    const axis = part(person.accZ, 50, 40, 620)
    expect(mean(axis)).toBeCloseTo(1, 2)
    expect(deviation(axis)).toBeLessThan(0.004)
    const rate = person.heartRate.slice(31, 629)
    expect(Math.min(...rate)).toBeGreaterThanOrEqual(70)
    expect(Math.max(...rate)).toBeLessThanOrEqual(74)
    expect(person.skinTemperature[600]).toBeLessThan(26)
    expect(person.skinTemperature[60]).toBeGreaterThan(30)
    expect(person.spo2.slice(31, 629).every(Number.isNaN)).toBe(true)
    // Truth knows of no beats where there are none to measure; afterwards all comes back.
    expect(person.beats.filter(({ seconds }) => seconds > 30 && seconds < 630)).toEqual([])
    expect(person.beats.filter(({ seconds }) => seconds >= 630).length).toBeGreaterThan(50)
    expect(mean(person.heartRate.slice(650))).toBeLessThan(90)
  })

  test('one that tells reports no rate', () => {
    const { heartRate } = measuredPerson(1, 60, { ...off, tells: true })
    expect(heartRate.slice(31).every(Number.isNaN)).toBe(true)
  })
})

describe('disturbed signals', () => {
  test('motion shows in ECG, pulse and acceleration at once, and leaves the beats alone', () => {
    const motion = { kind: 'motion', atSeconds: 20, durationSeconds: 20 } as const
    const person = measuredPerson(2, 60, motion)
    const still = measuredPerson(2, 60)
    const more = (signal: 'ecg' | 'ppg' | 'accX', rateHz: number) =>
      deviation(part(person[signal], rateHz, 21, 39)) / deviation(part(still[signal], rateHz, 21, 39))
    expect(more('ecg', ecgRateHz)).toBeGreaterThan(1.2)
    expect(more('ppg', rates.ppg)).toBeGreaterThan(3)
    expect(more('accX', 50)).toBeGreaterThan(10)
    expect(person.beats).toEqual(still.beats)
    expect(part(person.ecg, ecgRateHz, 0, 20)).toEqual(part(still.ecg, ecgRateHz, 0, 20))
    expect(part(person.ecg, ecgRateHz, 45, 60)).toEqual(part(still.ecg, ecgRateHz, 45, 60))
  })

  test('saturation: ECG and photodiode stay at their ends', () => {
    const person = measuredPerson(3, 40, { kind: 'saturation', atSeconds: 10, durationSeconds: 10 })
    expect(new Set(part(person.ecg, ecgRateHz, 11.5, 20))).toEqual(new Set([railMillivolts]))
    expect(new Set(part(person.ppg, rates.ppg, 10, 20)).size).toBe(1)
    expect(Math.max(...part(person.ecg, ecgRateHz, 24, 40))).toBeLessThan(2.5)
  })

  test.each([50, 60])('mains hum of %i Hz has the height asked for', (hz) => {
    const person = measuredPerson(4, 30, { kind: 'mains-hum', atSeconds: 10, durationSeconds: 10, millivolts: 0.2, hz })
    const power = (from: number, to: number) => {
      const values = part(person.ecg, ecgRateHz, from, to)
      return spectralPower(
        values.map((_, i) => i / ecgRateHz),
        values,
        hz,
      )
    }
    // A sine of amplitude A has (A/2)² of that measure.
    expect(2 * Math.sqrt(power(10, 20))).toBeCloseTo(0.2, 1)
    expect(power(0, 10)).toBeLessThan(power(10, 20) / 100)
  })

  test('a wandering baseline moves slowly, and without a step', () => {
    const wander = { kind: 'baseline-wander', atSeconds: 10, durationSeconds: 60, millivolts: 1 } as const
    const person = measuredPerson(5, 80, wander)
    const still = measuredPerson(5, 80)
    const difference = person.ecg.map((value, i) => value - (still.ecg[i] ?? NaN))
    expect(swing(difference)).toBeGreaterThan(1.4)
    expect(swing(difference)).toBeLessThan(2.01)
    const steps = difference.slice(1).map((value, i) => Math.abs(value - (difference[i] ?? NaN)))
    expect(Math.max(...steps)).toBeLessThan(0.02)
  })
})
