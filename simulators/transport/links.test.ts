import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../synthetic/random.ts'
import { bitFlips } from './bitFlips.ts'
import { bursts } from './bursts.ts'
import { disconnect } from './disconnect.ts'
import { duplicate } from './duplicate.ts'
import { jitter } from './jitter.ts'
import { loss } from './loss.ts'
import { reorder } from './reorder.ts'
import type { FaultCounts, TimedFrame } from './timedFrame.ts'

const always = { from: 0, until: Infinity }
/** A frame a second, each with bytes of its own. */
const frames = (count: number): TimedFrame[] =>
  Array.from({ length: count }, (_, i) => ({
    atMicros: i * 1e6,
    bytes: Uint8Array.from([i & 0xff, i >> 8, 7, 7, 7, 7, 7, 7]),
    samples: 1,
  }))
const numberOf = ({ bytes }: TimedFrame) => (bytes[0] ?? 0) + 256 * (bytes[1] ?? 0)
const seeds = fc.integer({ min: 0, max: 1e6 })
const probabilities = fc.double({ min: 0, max: 1, noNaN: true })
const counted = (run: (counts: FaultCounts) => Iterable<TimedFrame>) => {
  const counts: FaultCounts = {}
  return { out: [...run(counts)], counts }
}
const inOrder = (out: TimedFrame[]) => out.every((frame, i) => frame.atMicros >= (out[i - 1]?.atMicros ?? 0))

describe('loss', () => {
  test('drops what it counts, leaves the rest as it was, and the same seed drops the same', () => {
    fc.assert(
      fc.property(seeds, probabilities, probabilities, probabilities, (seed, probability, enter, leave) => {
        const model = { probability, enter, leave, probabilityInBurst: 1 }
        const run = () => counted((counts) => loss(frames(300), model, always, seededRandom(seed, 'loss'), counts))
        const { out, counts } = run()
        expect(out).toEqual(frames(300).filter((frame) => out.some((kept) => numberOf(kept) === numberOf(frame))))
        expect(counts).toEqual({ frames: 300, lost: 300 - out.length })
        expect(run().out).toEqual(out)
      }),
      { numRuns: 30 },
    )
  })

  test('comes as often, and in runs as long, as the Gilbert-Elliott model says', () => {
    const model = { probability: 0, enter: 0.01, leave: 0.25, probabilityInBurst: 1 }
    const { out, counts } = counted((own) => loss(frames(60_000), model, always, seededRandom(4, 'loss'), own))
    // Stationary share of the bad state: enter / (enter + leave); mean length of a run: 1 / leave.
    expect((counts['lost'] ?? 0) / 60_000).toBeCloseTo(0.01 / 0.26, 2)
    const gaps = out.flatMap((frame, i) => {
      const gap = i === 0 ? 0 : (frame.atMicros - (out[i - 1]?.atMicros ?? 0)) / 1e6 - 1
      return gap > 0 ? [gap] : []
    })
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    expect(mean).toBeGreaterThan(3.5)
    expect(mean).toBeLessThan(4.5)
  })

  test('acts within its span only', () => {
    const span = { from: 10e6, until: 20e6 }
    const model = { probability: 1, enter: 0, leave: 1, probabilityInBurst: 0 }
    const { out, counts } = counted((own) => loss(frames(30), model, span, seededRandom(1, 'loss'), own))
    expect(out.map(numberOf)).toEqual([...Array(10).keys(), ...Array.from({ length: 10 }, (_, i) => 20 + i)])
    expect(counts).toEqual({ frames: 10, lost: 10 })
  })
})

test('duplicates follow their original, with bytes of their own', () => {
  fc.assert(
    fc.property(seeds, probabilities, (seed, probability) => {
      const { out, counts } = counted((own) =>
        duplicate(frames(200), { probability }, always, seededRandom(seed, 'duplicate'), own),
      )
      const twins = out.flatMap((frame, i) => (numberOf(frame) === numberOf(out[i - 1] ?? frame) && i > 0 ? [i] : []))
      expect(counts).toEqual({ frames: 200, duplicated: twins.length })
      for (const i of twins) {
        expect(out[i]).toEqual(out[i - 1])
        expect(out[i]?.bytes).not.toBe(out[i - 1]?.bytes)
      }
      expect(out.filter((_, i) => !twins.includes(i))).toEqual(frames(200))
    }),
    { numRuns: 30 },
  )
})

test('reordering moves no frame by more than its distance, loses none, and counts those that were overtaken', () => {
  fc.assert(
    fc.property(seeds, probabilities, fc.integer({ min: 1, max: 30 }), (seed, probability, distance) => {
      const { out, counts } = counted((own) =>
        reorder(frames(200), { probability, distance }, always, seededRandom(seed, 'reorder'), own),
      )
      const order = out.map(numberOf)
      expect(order.toSorted((a, b) => a - b)).toEqual([...Array(200).keys()])
      for (const [place, number] of order.entries()) expect(Math.abs(place - number)).toBeLessThanOrEqual(distance)
      const overtaken = order.filter((number, place) => order.slice(0, place).some((before) => before > number))
      expect(counts).toEqual({ frames: 200, overtaken: overtaken.length })
      expect(inOrder(out.slice(0, -distance))).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('bursts hold frames back until their time, in order, and leave the bytes alone', () => {
  const span = { from: 10e6, until: 50e6 }
  const { out, counts } = counted((own) => bursts(frames(60), { everyMicros: 20e6, holdMicros: 5e6 }, span, own))
  expect(out.map(numberOf)).toEqual([...Array(60).keys()])
  expect(out.filter(({ atMicros }) => atMicros === 15e6).map(numberOf)).toEqual([10, 11, 12, 13, 14, 15])
  expect(out.filter(({ atMicros }) => atMicros === 35e6)).toHaveLength(6)
  expect(counts).toEqual({ frames: 40, heldBack: 10 })
  expect(inOrder(out)).toBe(true)
})

test('jitter delays by no more than it may, and keeps the order', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 5e6 }), (seed, upToMicros) => {
      const { out, counts } = counted((own) =>
        jitter(frames(200), { upToMicros }, always, seededRandom(seed, 'jitter'), own),
      )
      expect(out.map(numberOf)).toEqual([...Array(200).keys()])
      expect(inOrder(out)).toBe(true)
      const delays = out.map(({ atMicros }, i) => atMicros - i * 1e6)
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...delays)).toBeLessThanOrEqual(upToMicros)
      expect(counts).toEqual({ frames: 200, maxDelayMicros: Math.max(...delays) })
    }),
    { numRuns: 30 },
  )
})

describe('bit flips', () => {
  test('turn over as many bits as they count, in as many frames, and leave the others as they were', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, perByte) => {
        const given = frames(100)
        const { out, counts } = counted((own) => bitFlips(given, { perByte }, always, seededRandom(seed, 'flips'), own))
        let flipped = 0
        let damaged = 0
        for (const [i, { bytes }] of out.entries()) {
          const before = given[i]?.bytes ?? bytes
          const bits = bytes.reduce((sum, byte, at) => sum + ones(byte ^ (before[at] ?? 0)), 0)
          flipped += bits
          if (bits > 0) damaged++
          else expect(bytes).toBe(before)
        }
        expect(counts).toEqual({ frames: 100, damaged, flipped })
      }),
      { numRuns: 30 },
    )
  })

  test('hit each byte with the probability that is asked for', () => {
    const { counts } = counted((own) =>
      bitFlips(frames(50_000), { perByte: 0.01 }, always, seededRandom(1, 'flips'), own),
    )
    expect((counts['flipped'] ?? 0) / (50_000 * 8)).toBeCloseTo(0.01, 3)
  })

  const ones = (byte: number) => byte.toString(2).replaceAll('0', '').length
})

describe('a disconnected device', () => {
  const span = { from: 10e6, until: 20e6 }

  test('that keeps its frames delivers them in order when the link is back', () => {
    const { out, counts } = counted((own) => disconnect(frames(30), { keeps: true, capacity: 100 }, span, own))
    expect(out.map(numberOf)).toEqual([...Array(30).keys()])
    expect(out.slice(10, 20).every(({ atMicros }) => atMicros === 20e6)).toBe(true)
    expect(counts).toEqual({ frames: 10, kept: 10, lost: 0, undelivered: 0 })
  })

  test('that has no room for all loses the oldest', () => {
    const { out, counts } = counted((own) => disconnect(frames(30), { keeps: true, capacity: 3 }, span, own))
    expect(out.map(numberOf).slice(8, 15)).toEqual([8, 9, 17, 18, 19, 20, 21])
    expect(counts).toEqual({ frames: 10, kept: 3, lost: 7, undelivered: 0 })
  })

  test('that does not keep them loses them', () => {
    const { out, counts } = counted((own) => disconnect(frames(30), { keeps: false, capacity: 3 }, span, own))
    expect(out).toHaveLength(20)
    expect(counts).toEqual({ frames: 10, kept: 0, lost: 10, undelivered: 0 })
  })

  test('that is not back before the end takes with it what it kept', () => {
    const { out, counts } = counted((own) => disconnect(frames(15), { keeps: true, capacity: 3 }, span, own))
    expect(out).toHaveLength(10)
    expect(counts).toEqual({ frames: 5, kept: 0, lost: 2, undelivered: 3 })
  })
})
