import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Pulse, type PulseWave } from './pulse.ts'

const rateHz = 50

/** Waves at these moments, s: a steep rise and a slow fall on a level that breath moves. */
function waves(beats: readonly number[], seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * rateHz }, (_, i) => {
    const t = i / rateHz
    let value = 0.2 * Math.sin(2 * Math.PI * 0.25 * t)
    for (const beat of beats) {
      const since = t - beat
      if (since > -0.3 && since < 1) value += Math.exp(-(((since - 0.1) / (since < 0.1 ? 0.08 : 0.2)) ** 2))
    }
    return value
  })
}

const regular = (seconds: number, interval: number) =>
  Array.from({ length: Math.floor(seconds / interval) - 1 }, (_, i) => 0.7 + i * interval)

/** Pushed in blocks of `block` samples. */
function run(pulse: Pulse, values: Float32Array, block: number, from = 0, to = values.length): PulseWave[] {
  const found: PulseWave[] = []
  for (let i = from; i < to; i += block)
    found.push(...pulse.push((i * 1e6) / rateHz, values.subarray(i, Math.min(to, i + block))))
  return found
}

describe('Pulse', () => {
  test('finds every wave, with its interval and level', () => {
    const beats = regular(40, 0.8)
    const found = run(new Pulse(rateHz), waves(beats, 40), 50).filter(({ tick }) => tick > 3e6)
    expect(found.length).toBeGreaterThanOrEqual(beats.filter((at) => at > 3.1).length - 1)
    for (const { intervalSeconds } of found) expect(intervalSeconds).toBeCloseTo(0.8, 1)
    for (const { level } of found) expect(Math.abs(level - 0.5)).toBeLessThan(0.3)
  })

  test('counts no interval across a gap, and hears again after an artefact a hundred times as strong', () => {
    const values = waves(regular(60, 0.8), 60)
    values.fill(NaN, 20 * rateHz, 23 * rateHz)
    for (let i = 0; i < rateHz; i++) values[30 * rateHz + i]! += 100 * Math.sin((2 * Math.PI * 2 * i) / rateHz)
    const found = run(new Pulse(rateHz), values, 50)
    expect(found.every(({ tick, intervalSeconds }) => tick > 30e6 || (intervalSeconds ?? 0) < 1)).toBe(true)
    expect(found.filter(({ tick }) => tick > 45e6).length).toBeGreaterThan(15)
  })

  test('does not depend on how the blocks were cut, nor on a snapshot between them', () => {
    const values = waves(regular(30, 0.7), 30)
    values.fill(NaN, 10 * rateHz, 12 * rateHz)
    const expected = run(new Pulse(rateHz), values, values.length)
    expect(expected.length).toBeGreaterThan(30)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: values.length }), (block, at) => {
        const before = new Pulse(rateHz)
        const first = run(before, values, block, 0, at)
        const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<Pulse['snapshot']>
        expect([...first, ...run(Pulse.restore(saved), values, block, at)]).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('survives any numbers and times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1e12 }), fc.float32Array({ maxLength: 60 })), { maxLength: 20 }),
        (blocks) => {
          const pulse = new Pulse(25)
          for (const [tick, values] of blocks)
            for (const { level } of pulse.push(tick, values)) expect(level).not.toBeNaN()
        },
      ),
    )
  })
})
