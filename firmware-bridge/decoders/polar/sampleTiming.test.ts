import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Placement } from './sampleTiming.ts'
import { SampleTiming } from './sampleTiming.ts'

const ecg = [130] as const
const acceleration = [200, 25, 26, 50, 52, 100, 104, 208, 416] as const
/** 2019-01-01, where the clock of an H10 begins, in µs since 2000. */
const origin = 599_616_000_000_000

interface Line {
  rateHz: number
  count: number
  seconds: number
  isLost?: (frame: number) => boolean
  jitter?: (frame: number) => number
}

/** What comes of frames of a sensor that samples at `rateHz`: the placements, and when the first sample truly was. */
function placed(
  timing: SampleTiming,
  { rateHz, count, seconds, isLost, jitter }: Line,
): (Placement & { true: number })[] {
  const period = 1e6 / rateHz
  return Array.from({ length: Math.floor((seconds * rateHz) / count) }, (_, frame) => frame)
    .filter((frame) => isLost?.(frame) !== true)
    .map((frame) => {
      const last = origin + (frame + 1) * count * period
      const stamp = Math.round(last + (jitter?.(frame) ?? 0))
      return { ...timing.place(count, stamp), true: last - (count - 1) * period }
    })
}

const ratesOf = (placements: Placement[]): number[] => [...new Set(placements.map(({ rateHz }) => rateHz))]

/** Where a block begins before the one ahead of it ends, µs. */
const overlaps = (placements: Placement[], count: number): number[] =>
  placements.slice(1).map(({ tick }, index) => {
    const before = placements[index] as Placement
    return Math.max(0, before.tick + Math.round((count * 1e6) / before.rateHz) - tick)
  })

describe('SampleTiming', () => {
  it('takes the nominal rate for the first frame, and the stamp for its last sample', () => {
    expect(new SampleTiming(acceleration).place(36, origin)).toEqual({ rateHz: 200, tick: origin - 35 * 5000 })
  })

  it('takes a higher rate at once, and a lower one when two frames agree', () => {
    const faster = placed(new SampleTiming(acceleration), { rateHz: 416, count: 36, seconds: 0.5 })
    expect(faster.slice(0, 2).map(({ rateHz }) => rateHz)).toEqual([200, 416])
    const slower = placed(new SampleTiming(acceleration), { rateHz: 50, count: 36, seconds: 5 })
    expect(slower.slice(0, 4).map(({ rateHz }) => rateHz)).toEqual([200, 200, 50, 50])
  })

  it.each([
    ['now and then', (frame: number) => frame % 20 === 7],
    ['three times one in two', (frame: number) => [41, 43, 45].includes(frame)],
    ['for long', (frame: number) => frame > 30 && frame < 500],
  ])('takes no gap for a rate: frames lost %s', (_, isLost) => {
    const placements = placed(new SampleTiming(acceleration), { rateHz: 200, count: 36, seconds: 200, isLost })
    expect(ratesOf(placements)).toEqual([200])
    for (const { tick, true: truly } of placements) expect(Math.abs(tick - truly)).toBeLessThan(2)
  })

  it('follows a device that is set to another rate, down as well as up', () => {
    const timing = new SampleTiming(acceleration)
    for (let frame = 1; frame <= 10; frame++) timing.place(36, origin + frame * 180_000)
    const down = Array.from({ length: 6 }, (_, frame) => timing.place(36, origin + 1_800_000 + (frame + 1) * 720_000))
    expect(down.map(({ rateHz }) => rateHz)).toEqual([200, 200, 200, 50, 50, 50])
    expect(timing.place(36, origin + 1_800_000 + 6 * 720_000 + 180_000).rateHz).toBe(200)
  })

  it('begins anew where the clock of the device is set', () => {
    const timing = new SampleTiming(ecg)
    for (const stamp of [1e12, 1e12 + 561_538, 5e11]) timing.place(73, stamp)
    expect(timing.place(73, 5e11 + 561_538)).toEqual({ rateHz: 130, tick: Math.round(5e11 + 561_538 / 73) })
    expect(timing.place(73, 5e11 + 561_538).rateHz).toBe(130)
  })

  /**
   * Stamps up to 1 ms off, sensors up to 2 % off. 5 ms of overlap are what the numbering of readings takes for rounding; beyond
   * that it takes the block for one that came twice.
   */
  it('places blocks without overlap and close to the truth, though the sensor runs fast or slow', () => {
    const offset = fc.double({ min: -0.02, max: 0.02, noNaN: true })
    const noise = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 50, maxLength: 50 })
    fc.assert(
      fc.property(offset, noise, fc.constantFrom(20, 73), (off, jitters, count) => {
        const line = {
          rateHz: 130 * (1 + off),
          count,
          seconds: 120,
          jitter: (frame: number) => jitters[frame % 50] ?? 0,
        }
        const placements = placed(new SampleTiming(ecg), line)
        expect(Math.max(...overlaps(placements, count))).toBeLessThanOrEqual(1)
        for (const { tick, true: truly } of placements) expect(Math.abs(tick - truly)).toBeLessThan(60_000)
        // Three measurements at most while it settles, then none.
        expect(ratesOf(placements).length).toBeLessThanOrEqual(5)
        expect(placements.at(-1)?.rateHz).toBeCloseTo(line.rateHz, 0)
      }),
      { numRuns: 60 },
    )
  })

  it('keeps an offered rate that the sensor holds', () => {
    const jitter = (frame: number): number => 900 * Math.sin(frame)
    expect(ratesOf(placed(new SampleTiming(ecg), { rateHz: 130, count: 73, seconds: 600, jitter }))).toEqual([130])
  })
})
