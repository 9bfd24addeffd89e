import { describe, expect, test } from 'vitest'
import { Variability } from './variability.ts'

/** A first beat, and one after each interval. */
function beatsOf(seconds: readonly number[], isNormal: (i: number) => boolean = () => true): Variability {
  const variability = new Variability()
  let at = 0
  variability.push(at, undefined)
  for (const [i, interval] of seconds.entries())
    variability.push((at += Math.round(interval * 1e6)), interval, isNormal(i))
  return variability
}

const alternating = (count: number) => Array.from({ length: count }, (_, i) => (i % 2 ? 0.84 : 0.8))

describe('Variability', () => {
  test('is what the formulas say, by hand', () => {
    // 0.8 and 0.84 in turn: each difference 40 ms, each deviation 20 ms (n - 1 in the denominator).
    const { rmssd, sdnn, intervals } = beatsOf(alternating(100)).value(1)!
    expect(rmssd).toBeCloseTo(40, 6)
    expect(sdnn).toBeCloseTo(20 * Math.sqrt(100 / 99), 6)
    expect(intervals).toBe(100)
  })

  test('leaves out a premature beat and its pause, and takes no difference across them', () => {
    const ectopic = [...alternating(50), 0.45, 1.2, ...alternating(50)]
    expect(beatsOf(ectopic).value(1)!.rmssd).toBeCloseTo(40, 6)
    expect(beatsOf(ectopic).value(1)!.intervals).toBe(100)
  })

  test('leaves out both intervals of a beat that is not normal, however regular', () => {
    const { rmssd, intervals } = beatsOf(alternating(100), (i) => i !== 40).value(1)!
    expect(intervals).toBe(98)
    expect(rmssd).toBeCloseTo(40, 6)
  })

  test('says nothing where ectopic beats take more than a fifth', () => {
    expect(beatsOf(alternating(100), (i) => i % 10 !== 0).value(1)).toBeDefined()
    expect(beatsOf(alternating(100), (i) => i % 8 !== 0).value(1)).toBeUndefined()
  })

  test('needs sixty intervals in five minutes up to the minute asked for, and forgets when time goes back', () => {
    expect(beatsOf(Array.from({ length: 59 }, () => 0.8)).value(0)).toBeUndefined()
    // 0.5 s for 90 s, then 0.8 s: the second minute holds both, the seventh only the second.
    const long = beatsOf([...Array.from({ length: 180 }, () => 0.5), ...Array.from({ length: 420 }, () => 0.8)])
    expect(long.value(6)!.sdnn).toBeCloseTo(0, 4)
    // Beats fall on 90 s + 0.8 k: from 120.4 to 419.6 s, minutes 2 to 6, there are 375.
    expect(long.value(6)!.intervals).toBe(375)
    expect(long.value(8)).toBeUndefined()
    long.push(1e6, 0.8)
    expect(long.value(0)).toBeUndefined()
  })

  test('is that of a minute though the next one has begun', () => {
    const beats = beatsOf(alternating(74))
    expect(beats.value(0)!.intervals).toBe(73)
    expect(beats.value(1)!.intervals).toBe(74)
  })

  test('goes on the same after snapshot and restore', () => {
    const before = beatsOf(Array.from({ length: 90 }, (_, i) => 0.8 + 0.01 * (i % 7)))
    before.push(100e6, undefined)
    const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<Variability['snapshot']>
    const after = Variability.restore(saved)
    for (const one of [before, after]) one.push(100e6 + 8e5, 0.8)
    expect(after.value(1)).toEqual(before.value(1))
    expect(after.value(1)).toBeDefined()
  })
})
