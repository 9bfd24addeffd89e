import { describe, expect, test } from 'vitest'
import { deviation, mean, strongestHz } from './measures.testing.ts'
import type { MeasuredPerson } from './measuredPerson.testing.ts'
import { measuredHours, measuredPerson } from './measuredPerson.testing.ts'
import { drawPerson } from './person.ts'
import { accelerometerRateHz as rateHz } from './syntheticBody.ts'

function magnitudes({ accX, accY, accZ }: MeasuredPerson, from: number, to: number): number[] {
  return accX
    .map((x, i) => Math.hypot(x, accY[i] ?? NaN, accZ[i] ?? NaN))
    .slice(Math.round(from * rateHz), Math.round(to * rateHz))
}

describe('activity', () => {
  test.each([
    { kind: 'walk', beats: [25, 45], moves: [0.12, 0.35], pace: 1 },
    { kind: 'stairs', beats: [80, 120], moves: [0.15, 0.45], pace: 0.88 },
    { kind: 'run', beats: [70, 110], moves: [0.5, 1.2], pace: 1.5 },
  ] as const)('$kind: heart, breath and steps fit each other', ({ kind, beats, moves, pace }) => {
    const person = measuredPerson(1, 240, { kind, atSeconds: 60, durationSeconds: 180 })
    const rise = (values: number[]) => mean(values.slice(170, 235)) - mean(values.slice(10, 55))
    expect(rise(person.heartRate)).toBeGreaterThan(beats[0])
    expect(rise(person.heartRate)).toBeLessThan(beats[1])
    expect(rise(person.respirationRate)).toBeGreaterThan(6)
    // The heart takes its time, the legs do not.
    expect((person.heartRate[63] ?? NaN) - mean(person.heartRate.slice(10, 55))).toBeLessThan(0.5 * beats[1])
    const moving = magnitudes(person, 100, 140)
    expect(deviation(moving)).toBeGreaterThan(moves[0])
    expect(deviation(moving)).toBeLessThan(moves[1])
    expect(strongestHz(moving, rateHz, 1.2, 3.2)).toBeCloseTo(drawPerson(1).stepRateHz * pace, 1)
    expect(deviation(magnitudes(person, 5, 55))).toBeLessThan(0.02)
  })

  test('recovery after stairs takes a minute or more', () => {
    const { heartRate } = measuredPerson(2, 420, { kind: 'stairs', atSeconds: 20, durationSeconds: 180 })
    const peak = mean(heartRate.slice(190, 200))
    const rest = drawPerson(2).restingHeartRate
    expect(peak).toBeGreaterThan(150)
    expect(peak - (heartRate[260] ?? NaN)).toBeGreaterThan(20)
    expect(heartRate[230]).toBeGreaterThan(rest + 30)
    expect(mean(heartRate.slice(390))).toBeLessThan(rest + 15)
  })

  test('sleep: a slower heart, a lying body that turns over, warm skin', () => {
    const seconds = 2.5 * 3600
    const person = measuredHours(3, seconds, ['heartRate', 'skinTemperature', 'accX', 'accY', 'accZ'], {
      kind: 'sleep',
      atSeconds: 300,
      durationSeconds: seconds,
    })
    const awake = mean(person.heartRate.slice(20, 280))
    const asleep = mean(person.heartRate.slice(3600))
    expect(asleep / awake).toBeGreaterThan(0.8)
    expect(asleep / awake).toBeLessThan(0.92)
    expect(mean(person.skinTemperature.slice(-600)) - mean(person.skinTemperature.slice(20, 280))).toBeGreaterThan(0.5)
    const { gravity } = drawPerson(3)
    const lying = (second: number) => {
      const [x, y, z] = [person.accX, person.accY, person.accZ].map((axis) => axis[second * rateHz] ?? NaN)
      return Math.abs((x ?? NaN) * gravity[0] + (y ?? NaN) * gravity[1] + (z ?? NaN) * gravity[2])
    }
    expect(lying(200)).toBeGreaterThan(0.9)
    expect(lying(1000)).toBeLessThan(0.2)
    const postures = new Set(
      [1000, 3000, 5000, 7000, 8900].map((at) => Math.round((person.accX[at * rateHz] ?? NaN) * 5)),
    )
    expect(postures.size).toBeGreaterThan(1)
  })
})

describe('falls and convulsions', () => {
  test('a fall: weightless, an impact, another posture, and the heart notices', () => {
    const person = measuredPerson(4, 60, { kind: 'fall', atSeconds: 20.3, durationSeconds: 30 })
    const magnitude = magnitudes(person, 20, 22)
    const lowest = magnitude.indexOf(Math.min(...magnitude))
    const highest = magnitude.indexOf(Math.max(...magnitude))
    expect(Math.min(...magnitude)).toBeLessThan(0.45)
    expect(Math.max(...magnitude)).toBeGreaterThan(3)
    expect(highest).toBeGreaterThan(lowest)
    expect((highest - lowest) / rateHz).toBeLessThan(0.6)
    expect(deviation(magnitudes(person, 26, 48))).toBeLessThan(0.02)
    const { gravity } = drawPerson(4)
    const upright = (second: number) =>
      (person.accX[second * rateHz] ?? NaN) * gravity[0] +
      (person.accY[second * rateHz] ?? NaN) * gravity[1] +
      (person.accZ[second * rateHz] ?? NaN) * gravity[2]
    expect(upright(10)).toBeGreaterThan(0.9)
    expect(upright(40)).toBeLessThan(0.3)
    expect(mean(person.heartRate.slice(40, 50))).toBeGreaterThan(mean(person.heartRate.slice(5, 20)) + 8)
  })

  test('a convulsion: rhythmic jerks that grow slower, a racing heart, SpO2 falls', () => {
    const person = measuredPerson(5, 150, { kind: 'convulsion', atSeconds: 20, durationSeconds: 90 })
    const pace = (from: number, to: number) => strongestHz(magnitudes(person, from, to), rateHz, 0.8, 8)
    expect(deviation(magnitudes(person, 40, 100))).toBeGreaterThan(0.25)
    expect(pace(36, 46)).toBeGreaterThan(2.5)
    expect(pace(98, 108)).toBeLessThan(pace(36, 46) - 1)
    expect(mean(person.heartRate.slice(60, 100))).toBeGreaterThan(120)
    expect(Math.min(...person.spo2)).toBeLessThan(90)
    expect(deviation(magnitudes(person, 130, 149))).toBeLessThan(0.02)
  })
})
