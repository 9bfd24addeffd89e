import { describe, expect, test } from 'vitest'
import { Variability } from './variability.ts'

function beatsOf(seconds: readonly number[], variability = new Variability()): Variability {
  let tick = 0
  for (const interval of seconds) variability.push((tick += Math.round(interval * 1e6)), interval)
  return variability
}

describe('Variability', () => {
  test('is what the formulas say, by hand', () => {
    // 0.8 and 0.84 in turn: each difference 40 ms, each deviation 20 ms (n - 1 in the denominator).
    const { rmssd, sdnn, intervals } = beatsOf(Array.from({ length: 100 }, (_, i) => (i % 2 ? 0.84 : 0.8))).value()!
    expect(rmssd).toBeCloseTo(40, 6)
    expect(sdnn).toBeCloseTo(20 * Math.sqrt(100 / 99), 6)
    expect(intervals).toBe(100)
  })

  test('leaves out a premature beat and its pause, and takes no difference across them', () => {
    const regular = Array.from({ length: 100 }, (_, i) => (i % 2 ? 0.84 : 0.8))
    const ectopic = [...regular.slice(0, 50), 0.45, 1.2, ...regular.slice(50)]
    expect(beatsOf(ectopic).value()!.rmssd).toBeCloseTo(40, 0)
    expect(beatsOf(ectopic).value()!.intervals).toBe(100)
  })

  test('needs sixty intervals, and forgets after five minutes and when time goes back', () => {
    expect(beatsOf(Array.from({ length: 59 }, () => 0.8)).value()).toBeUndefined()
    const long = beatsOf([...Array.from({ length: 400 }, () => 0.7), ...Array.from({ length: 400 }, () => 0.8)])
    expect(long.value()!.intervals).toBe(375)
    expect(long.value()!.sdnn).toBeCloseTo(0, 6)
    long.push(1e6, 0.8)
    expect(long.value()).toBeUndefined()
  })

  test('goes on the same after snapshot and restore', () => {
    const before = beatsOf(Array.from({ length: 90 }, (_, i) => 0.8 + 0.01 * (i % 7)))
    before.push(1e9, undefined)
    const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<Variability['snapshot']>
    const after = Variability.restore(saved)
    for (const one of [before, after]) one.push(1e9 + 8e5, 0.8)
    expect(after.value()).toEqual(before.value())
  })
})
