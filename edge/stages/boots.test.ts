import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SamplesRecord } from '../../firmware-bridge/records.ts'
import { inStreamTime, noMarks, placeOf, type Boot, type Marks, type Place } from './boots.ts'

/** A second of ECG; what it says is that frame's alone, of that life of the device. */
const frame = (sequence: number, second: number, life = 0): SamplesRecord => ({
  kind: 'samples',
  sequence: sequence >>> 0,
  bootId: 7,
  tick: Math.round(second * 1e6),
  signal: 'ecg',
  rateHz: 4,
  values: Float32Array.of(life, sequence % 977, 1, 2),
})

interface Heard {
  boots: Boot[]
  marks: Marks
}
const nothing = (): Heard => ({ boots: [], marks: noMarks() })

function taken(records: readonly SamplesRecord[], { boots, marks } = nothing()) {
  const book = { peek: () => marks, of: () => marks }
  return records.map((record) => {
    const { place, boot } = placeOf(boots, record, book)
    const { bootId, tick } = inStreamTime(record, boot)
    return { place, bootId, tick }
  })
}
const count = (out: readonly { place: Place }[], place: Place) => out.filter((one) => one.place === place).length
const range = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i)

describe('a counter of ticks', () => {
  it.each([
    ['µs', 2 ** 32],
    ['ms', 2 ** 32 * 1000],
  ])('of 32 bits in %s that wraps goes on, without a gap, as often as it wraps', (_, period) => {
    const start = period / 1e6 - 20
    const out = taken(range(40).map((i) => frame(i, (start + i) % (period / 1e6))))
    expect(count(out, 'next')).toBe(40)
    expect(out.map(({ tick }) => tick)).toEqual(range(40).map((i) => Math.round((start + i) * 1e6)))
    expect(new Set(out.map(({ bootId }) => bootId))).toEqual(new Set([7]))
    const twice = nothing()
    for (const wrap of [1, 2])
      expect(
        taken(
          range(40).map((i) => frame(wrap * 40 + i, (start + i) % (period / 1e6))),
          twice,
        ).at(-1)?.tick,
      ).toBe(Math.round((start + 39 + ((wrap - 1) * period) / 1e6) * 1e6))
  })

  it('that wraps while frames come twice passes each on once', () => {
    const start = 2 ** 32 / 1e6 - 20
    const frames = range(40).map((i) => frame(i, (start + i) % (2 ** 32 / 1e6)))
    const out = taken([...frames, ...frames.slice(5), ...range(10).map((i) => frame(40 + i, 20 + i))])
    expect(count(out, 'next')).toBe(50)
    expect(count(out, 'duplicate')).toBe(35)
  })

  it('that begins anew while numbers go on is another boot, after five frames; less is passed over', () => {
    const out = taken([...range(300).map((i) => frame(i, i)), ...range(20).map((i) => frame(300 + i, i))])
    expect(out.slice(300, 304).map(({ place }) => place)).toEqual(['back', 'back', 'back', 'back'])
    expect(count(out, 'next')).toBe(316)
    const boots = new Set(out.map(({ bootId }) => bootId))
    expect(boots.size).toBe(2)
    expect(out.at(-1)).toMatchObject({ place: 'next', tick: 19e6 })
    const glitch = [...range(300).map((i) => frame(i, i)), frame(300, 3), frame(301, 301), frame(302, 302)]
    expect(
      taken(glitch)
        .map(({ place }) => place)
        .slice(299),
    ).toEqual(['next', 'back', 'next', 'next'])
  })

  it('that begins anew soon after the start is another boot too', () => {
    const out = taken([...range(30).map((i) => frame(i, i)), ...range(30).map((i) => frame(30 + i, i))])
    expect(new Set(out.map(({ bootId }) => bootId)).size).toBe(2)
    expect(count(out, 'back')).toBe(0)
  })

  it('of blocks that were filled long is not behind', () => {
    const slow = (sequence: number, second: number): SamplesRecord => ({
      ...frame(sequence, second),
      signal: 'temperature',
      rateHz: 0.1,
      values: Float32Array.of(36, 36, 36, 36, 36, 36),
    })
    const records = range(300).flatMap((i) => (i % 60 === 59 ? [frame(i, i), slow(i, i - 59)] : [frame(i, i)]))
    const out = taken(records.map((record, i) => ({ ...record, sequence: i })))
    expect(count(out, 'next')).toBe(records.length)
    expect(new Set(out.map(({ bootId }) => bootId)).size).toBe(1)
  })
})

describe('a device whose counters both begin anew without another boot id', () => {
  it.each([40, 3000, 200_000])('after %s frames is heard again with the second frame, as another boot', (length) => {
    const out = taken([...range(length).map((i) => frame(i, i)), ...range(40).map((i) => frame(i, i, 1))])
    const again = out.slice(length)
    expect(again.map(({ place }) => place).slice(0, 2)).toEqual(['duplicate', 'next'])
    expect(count(again, 'next')).toBe(39)
    expect(again.at(-1)?.bootId).not.toBe(7)
    expect(out[length - 1]?.bootId).toBe(7)
  })

  it('property: may do so again and again; boots differ, and what was sent twice never passes twice', () => {
    const lives = fc.array(fc.record({ frames: fc.integer({ min: 10, max: 400 }), repeats: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(lives, (given) => {
        const heard = nothing()
        const passed: string[] = []
        for (const [life, { frames, repeats }] of given.entries()) {
          const sent = range(frames).map((i) => frame(i, i, life))
          const out = taken(repeats ? [...sent, ...sent] : sent, heard)
          const next = out.flatMap(({ place, bootId, tick }) => (place === 'next' ? [`${bootId}.${tick}`] : []))
          // One frame that says something else may be damage: it takes a second one, of those that were marked.
          expect(next.length).toBeGreaterThanOrEqual(frames - 1 - life)
          passed.push(...next)
        }
        expect(new Set(passed).size).toBe(passed.length)
      }),
      { numRuns: 40 },
    )
  })

  it('is the same after a way through JSON, and remembers little', () => {
    const first = range(100_000).map((i) => frame(i, i))
    const heard = nothing()
    taken(first, heard)
    const text = JSON.stringify(heard)
    expect(JSON.stringify(heard.boots).length).toBeLessThan(150)
    expect(text.length).toBeLessThan(3000)
    const restored = JSON.parse(text) as Heard
    const again = range(200).map((i) => frame(i, i, 1))
    expect(taken(again, restored)).toEqual(taken(again, heard))
  })
})
