import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beatAt, beatsAfter } from '../testing/beats.ts'
import { BeatLabels } from './beatLabels.ts'
import { Irregularity, irregularitySettings } from './irregularity.ts'

const steady = Array.from({ length: 30 }, () => 0.8)
const through = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('beat labels', () => {
  const after = (rr: number, shape: 'narrow' | 'wide', quality = {}) => {
    const labels = new BeatLabels()
    for (const { beat } of beatsAfter(steady)) labels.push(beat)
    return labels.push(beatAt(30, rr, shape, quality).beat)
  }

  it('tell wide from narrow and premature from timely', () => {
    expect(after(0.8, 'narrow')).toBe('usual')
    expect(after(0.5, 'narrow')).toBe('supraventricular')
    expect(after(0.5, 'wide')).toBe('ventricular')
    expect(after(0.8, 'wide')).toBe('ventricular')
  })

  it('call a wide beat doubtful where it may be an artifact, and say nothing of what was not measured well', () => {
    expect(after(0.5, 'wide', { artifact: true })).toBe('doubtful')
    expect(after(0.8, 'narrow', { artifact: true })).toBe('obscured')
    expect(after(0.5, 'wide', { saturated: true })).toBe('unknown')
    expect(after(0.5, 'wide', { complete: false })).toBe('unknown')
  })

  it('say nothing until the wearer is known', () => {
    const labels = new BeatLabels()
    const said = beatsAfter(steady).map(({ beat }) => labels.push(beat))
    expect(said.indexOf('usual')).toBe(24)
    expect(said.slice(0, 24).every((label) => label === 'unknown')).toBe(true)
  })

  it('do not learn a shape that comes with every third beat', () => {
    const labels = new BeatLabels()
    const rr = Array.from({ length: 300 }, () => 0.8)
    const said = beatsAfter(rr, (i) => i > 30 && i % 3 === 0).map(({ beat }) => labels.push(beat))
    expect(said[297]).toBe('ventricular')
    expect(said[298]).toBe('usual')
  })

  it('go on from a snapshot bit for bit', () => {
    const shapes = fc.array(fc.record({ rr: fc.double({ min: 0.3, max: 2, noNaN: true }), wide: fc.boolean() }), {
      minLength: 30,
      maxLength: 60,
    })
    fc.assert(
      fc.property(shapes, fc.nat(59), (beats, cut) => {
        const items = beatsAfter(
          beats.map(({ rr }) => rr),
          (i) => beats[i]!.wide,
        )
        let moved = new BeatLabels()
        const straight = new BeatLabels()
        for (const [i, { beat }] of items.entries()) {
          if (i === cut) moved = BeatLabels.restore(through(moved.snapshot()))
          expect(moved.push(beat)).toBe(straight.push(beat))
        }
        expect(moved.snapshot()).toEqual(straight.snapshot())
      }),
      { numRuns: 30 },
    )
  })
})

describe('irregularity', () => {
  /** A linear congruential generator: the same noise on every engine. */
  const noise = (seed: number) => () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
  const last = (intervals: readonly number[]): number => {
    const irregularity = new Irregularity()
    return intervals.map((rr) => irregularity.push(rr)).at(-1) ?? NaN
  }
  const limit = irregularitySettings.irregularAbove

  it('is high where intervals have no order', () => {
    const random = noise(1)
    expect(last(Array.from({ length: 120 }, () => 0.4 + 0.6 * random()))).toBeGreaterThan(limit)
  })

  it('is low in a steady rhythm, with breathing in it, with single ectopic beats, and in bigeminy', () => {
    expect(last(Array.from({ length: 120 }, () => 0.8))).toBe(0)
    expect(last(Array.from({ length: 120 }, (_, i) => 0.9 + 0.05 * Math.sin(i)))).toBeLessThan(limit)
    expect(last(Array.from({ length: 120 }, (_, i) => [0.5, 1.1][i % 10] ?? 0.8))).toBeLessThan(limit)
    expect(last(Array.from({ length: 120 }, (_, i) => (i % 2 ? 0.5 : 1.1)))).toBeLessThan(limit)
  })

  it('says nothing of less than half a minute, and after a break begins anew', () => {
    const irregularity = new Irregularity()
    const said = Array.from({ length: 60 }, () => irregularity.push(0.6))
    expect(said.findIndex((index) => index !== undefined) * 0.6).toBeGreaterThan(30)
    irregularity.clear()
    expect(irregularity.push(0.6)).toBeUndefined()
  })

  it('goes on from a snapshot bit for bit', () => {
    const intervals = fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 60, maxLength: 120 })
    fc.assert(
      fc.property(intervals, fc.nat(59), (rr, cut) => {
        const straight = new Irregularity()
        let moved = new Irregularity()
        for (const [i, one] of rr.entries()) {
          if (i === cut) moved = Irregularity.restore(through(moved.snapshot()))
          expect(moved.push(one)).toBe(straight.push(one))
        }
      }),
      { numRuns: 30 },
    )
  })
})
