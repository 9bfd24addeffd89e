import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ppgFeaturesFrom, ppgInput, ppgInputLength, ppgSegments } from './ppgInput.ts'
import { PpgWindows, type PpgWindow } from './ppgWindows.ts'

/** A pulse of 72 a minute: a steep way up, a slow one down. */
function pulse(seconds: number): number {
  const phase = (seconds * 1.2) % 1
  return phase < 0.2 ? phase / 0.2 : (1 - phase) / 0.8
}

function signal(rateHz: number, seconds: number, of: (seconds: number) => number = pulse): Float32Array {
  return Float32Array.from({ length: rateHz * seconds }, (_, i) => 90_000 + 1000 * of(i / rateHz))
}

function run(stream: PpgWindows, values: Float32Array, cuts: readonly number[] = [], from = 0): PpgWindow[] {
  const ends = [...new Set(cuts.map((cut) => from + (cut % Math.max(1, values.length - from))))].sort((a, b) => a - b)
  const windows: PpgWindow[] = []
  let at = from
  for (const end of [...ends, values.length]) {
    windows.push(...stream.push(Math.round((at * 1e6) / stream.rateHz), values.subarray(at, end)))
    at = end
  }
  return windows
}

const shapeOf = (input: Float32Array) => input.subarray(0, ppgFeaturesFrom)
const feature = (input: Float32Array, name: (typeof ppgInput.features)[number]) =>
  input[ppgFeaturesFrom + ppgInput.features.indexOf(name)]!

describe('PPG windows', () => {
  test('a window a second, ending on whole seconds; an input once the amplitude is known', () => {
    const windows = run(new PpgWindows(100), signal(100, 40))
    expect(windows.map(({ to }) => to)).toEqual(Array.from({ length: 40 }, (_, n) => (n + 1) * 1e6))
    expect(windows.every(({ from, to }) => to - from === 4e6)).toBe(true)
    expect(windows.slice(4).every(({ measured }) => measured === 1)).toBe(true)
    // Five amplitudes of every fourth complete window; the first of these ends at 5 s.
    expect(windows.findIndex(({ input }) => input !== undefined)).toBe(24)
    const { input } = windows.at(-1)!
    expect(input!.length).toBe(ppgInputLength)
    expect(Math.abs(feature(input!, 'amplitude'))).toBeLessThan(0.05)
    // The same pulse again and again.
    expect(feature(input!, 'unlike')).toBeLessThan(0.01)
    expect(feature(input!, 'flat')).toBe(0)
  })

  test('the shape does not depend on the unit, the direction or the rate of the sensor', () => {
    const last = (rateHz: number, of: (seconds: number) => number) =>
      run(new PpgWindows(rateHz), signal(rateHz, 40, of)).at(-1)!.input!
    const usual = last(100, pulse)
    const same = (other: Float32Array, within: number) => {
      const apart = shapeOf(other).map((value, i) => Math.abs(value - usual[i]!))
      expect(Math.max(...apart)).toBeLessThan(within)
    }
    same(
      last(100, (seconds) => 20 * pulse(seconds)),
      1e-3,
    )
    same(
      last(100, (seconds) => -pulse(seconds)),
      1e-3,
    )
    same(last(200, pulse), 0.1)
    same(last(50, pulse), 0.3)
  })

  test('a weaker pulse and a sensor that stands still show in the features', () => {
    const windows = run(
      new PpgWindows(100),
      signal(100, 100, (seconds) => (seconds < 60 ? pulse(seconds) : seconds < 80 ? pulse(seconds) / 3 : 7)),
    )
    const at = (seconds: number) => windows.find(({ to }) => to === seconds * 1e6)!.input!
    expect(feature(at(75), 'amplitude')).toBeCloseTo(-0.5, 1)
    expect(feature(at(98), 'flat')).toBe(1)
    expect(shapeOf(at(98)).every(Number.isNaN)).toBe(true)
    expect(feature(at(75), 'flat')).toBe(0)
  })

  test('missing samples are missing in the window, whether they were lost or marked', () => {
    const values = signal(100, 60)
    const marked = values.map((value, i) => (i >= 4510 && i < 4590 ? NaN : value))
    const windows = run(new PpgWindows(100), marked)
    const { input, measured } = windows.find(({ to }) => to === 48e6)!
    // 0.8 s, and the points of the grid before the next sample.
    expect(measured).toBeGreaterThan((4 - 0.8) / 4 - 2 / 128)
    expect(measured).toBeLessThanOrEqual((4 - 0.8) / 4)
    // Of three pulses the one in the gap is missing, as a whole.
    const missing = shapeOf(input!).reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0)
    expect(missing).toBe(ppgInput.points)
    expect(windows.find(({ to }) => to === 45e6)!.input!.some(Number.isNaN)).toBe(false)
    const stream = new PpgWindows(100)
    const lost = [...run(stream, values.subarray(0, 4510)), ...run(stream, values, [], 4590)]
    expect(lost).toEqual(windows)
  })

  test('after a longer gap it begins anew, and keeps the amplitude', () => {
    const stream = new PpgWindows(50)
    run(stream, signal(50, 60))
    const after = stream.push(500e6, signal(50, 10))
    expect(after.map(({ to }) => to)).toEqual([501, 502, 503, 504, 505, 506, 507, 508, 509, 510].map((s) => s * 1e6))
    expect(after[0]!.measured).toBeLessThan(0.3)
    expect(after.at(-1)!.measured).toBe(1)
    expect(after.at(-1)!.input).toBeDefined()
    // Back in time, too.
    expect(stream.push(20e6, signal(50, 3)).map(({ to }) => to)).toEqual([21e6, 22e6, 23e6])
  })

  test('does not depend on how the stream is cut', () => {
    for (const rateHz of [25, 64, 100]) {
      const values = signal(rateHz, 40).map((value, i) => (i % 500 > 480 ? NaN : value))
      const expected = run(new PpgWindows(rateHz), values)
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 30 }), (cuts) => {
          expect(run(new PpgWindows(rateHz), values, cuts)).toEqual(expected)
        }),
        { numRuns: 20 },
      )
    }
  })

  test('goes on the same after snapshot and restore at any sample', () => {
    const values = signal(64, 40).map((value, i) => (i % 700 > 690 ? NaN : value + ((i * i) % 37)))
    const expected = run(new PpgWindows(64), values)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: values.length - 1 }), (at) => {
        const before = new PpgWindows(64)
        const first = run(before, values.subarray(0, at))
        const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<PpgWindows['snapshot']>
        expect([...first, ...run(PpgWindows.restore(saved), values, [], at)]).toEqual(expected)
      }),
      { numRuns: 20 },
    )
    const snapshot = new PpgWindows(64).snapshot()
    expect(() => PpgWindows.restore({ ...snapshot, version: 9 })).toThrow('expected 1, received 9')
  })

  test('survives any numbers and times', () => {
    const values = fc.array(
      fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, 3.4e38)).map((value) => Math.fround(value)),
      { maxLength: 200 },
    )
    const block = fc.tuple(fc.integer({ min: 0, max: 2 ** 50 }), values)
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), (blocks) => {
        const stream = new PpgWindows(25)
        for (const [tick, block] of blocks) {
          for (const { measured } of stream.push(tick, Float32Array.from(block))) {
            expect(measured).toBeGreaterThanOrEqual(0)
            expect(measured).toBeLessThanOrEqual(1)
          }
        }
        expect(() => JSON.stringify(stream.snapshot())).not.toThrow()
      }),
    )
    expect(() => new PpgWindows(10)).toThrow('rateHz: expected 20 to 1000, received 10')
  })

  test('the segments cover the input', () => {
    expect(ppgSegments.map(({ from }) => from)).toEqual([0, ...ppgSegments.slice(0, -1).map(({ to }) => to)])
    expect(ppgSegments.at(-1)!.to).toBe(ppgInputLength)
  })
})
