import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../models/training/random.ts'
import { GridChannel } from './gridChannel.ts'
import { Fourier } from './fourier.ts'
import { leastConfidence, PpgHeartRate, type PpgHeartRateChannel, type PpgHeartRateEstimate } from './ppgHeartRate.ts'

interface Block {
  channel: PpgHeartRateChannel
  rateHz: number
  tick: number
  values: Float32Array
}

/** A pulse at `pulse` a minute under steps at `steps` a minute, which are twice as strong in the PPG. */
function wearer(
  seconds: number,
  pulse: (s: number) => number,
  steps: number,
  seed: number,
  withMotion = true,
): Block[] {
  const random = seededRandom(seed)
  const blocks: Block[] = []
  let phase = 0
  for (let second = 0; second < seconds; second++) {
    const ppg = Float32Array.from({ length: 64 }, (_, i) => {
      const t = second + i / 64
      phase += pulse(t) / 60 / 64
      return Math.sin(2 * Math.PI * phase) + 2 * Math.sin((2 * Math.PI * steps * t) / 60) + 0.2 * (random() - 0.5)
    })
    blocks.push({ channel: 'ppg', rateHz: 64, tick: second * 1e6, values: ppg })
    if (!withMotion) continue
    for (const channel of ['accX', 'accY', 'accZ'] as const) {
      const values = Float32Array.from({ length: 32 }, (_, i) =>
        Math.sin((2 * Math.PI * steps * (second + i / 32)) / 60 + (channel === 'accY' ? 1 : 0)),
      )
      blocks.push({ channel, rateHz: 32, tick: second * 1e6, values })
    }
  }
  return blocks
}

function run(heart: PpgHeartRate, blocks: readonly Block[]): PpgHeartRateEstimate[] {
  return blocks.flatMap(({ channel, rateHz, tick, values }) => heart.push(channel, rateHz, tick, values))
}

describe('PpgHeartRate', () => {
  test('follows a pulse that rises through the rhythm of the steps', () => {
    const pulse = (s: number) => 80 + Math.min(80, s * 0.6)
    const estimates = run(new PpgHeartRate(), wearer(180, pulse, 110, 1))
    expect(estimates.length).toBeGreaterThan(80)
    const late = estimates.filter(({ tick }) => tick > 20e6)
    const errors = late.map(({ tick, perMinute }) => Math.abs(perMinute - pulse(tick / 1e6 - 4)))
    // While pulse and steps coincide nothing can tell them apart; it must be found again afterwards.
    expect(errors.filter((error) => error > 5).length / errors.length).toBeLessThan(0.25)
    expect(errors.slice(-20).every((error) => error < 3)).toBe(true)
    expect(late.every(({ motionKnown }) => motionKnown)).toBe(true)
  })

  test('without acceleration takes the stronger rhythm, and says that motion is not known', () => {
    const estimates = run(
      new PpgHeartRate(),
      wearer(40, () => 80, 150, 2, false),
    )
    expect(estimates.at(-1)!.perMinute).toBeCloseTo(150, -1)
    expect(estimates.every(({ motionKnown }) => !motionKnown)).toBe(true)
  })

  test('gives no estimate over a gap, and finds the pulse again', () => {
    const blocks = wearer(90, () => 90, 150, 3)
    const estimates = run(
      new PpgHeartRate(),
      blocks.filter(({ tick }) => tick < 40e6 || tick >= 52e6),
    )
    expect(estimates.filter(({ tick }) => tick > 41e6 && tick < 60e6)).toEqual([])
    expect(estimates.at(-1)!.perMinute).toBeCloseTo(90, -1)
    expect(estimates.at(-1)!.confidence).toBeGreaterThan(leastConfidence)
  })

  test('does not depend on how the blocks were cut', () => {
    const whole = wearer(40, () => 85, 120, 4)
    const expected = run(new PpgHeartRate(), whole)
    expect(expected.length).toBeGreaterThan(10)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31 }), (cut) => {
        const parts = whole.flatMap(({ values, tick, rateHz, ...rest }) => [
          { ...rest, rateHz, tick, values: values.subarray(0, cut) },
          { ...rest, rateHz, tick: tick + (cut * 1e6) / rateHz, values: values.subarray(cut) },
        ])
        expect(run(new PpgHeartRate(), parts)).toEqual(expected)
      }),
      { numRuns: 10 },
    )
  })

  test('goes on the same after snapshot and restore at any block', () => {
    const blocks = wearer(40, () => 85, 120, 5)
    const expected = run(new PpgHeartRate(), blocks)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: blocks.length }), (at) => {
        const before = new PpgHeartRate()
        const first = run(before, blocks.slice(0, at))
        const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<PpgHeartRate['snapshot']>
        expect([...first, ...run(PpgHeartRate.restore(saved), blocks.slice(at))]).toEqual(expected)
      }),
      { numRuns: 20 },
    )
    expect(() => PpgHeartRate.restore({ ...new PpgHeartRate().snapshot(), version: 2 as 1 })).toThrow('expected 1')
  })

  test('survives any numbers, times and rates', () => {
    const block = fc.record({
      channel: fc.constantFrom('ppg' as const, 'ppg2' as const, 'accX' as const, 'accY' as const, 'accZ' as const),
      rateHz: fc.constantFrom(10, 25, 32, 125, 1000),
      tick: fc.integer({ min: 0, max: 1e12 }),
      values: fc.float32Array({ maxLength: 50 }),
    })
    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), (blocks) => {
        for (const { perMinute } of run(new PpgHeartRate(), blocks)) expect(perMinute).toBeGreaterThan(29)
      }),
    )
  })
})

describe('GridChannel', () => {
  test('reads a sine of another rate at the points of the grid', () => {
    const channel = new GridChannel(64, { bandHz: [0.4, 4.5], gridHz: 25, remembered: 512 })
    channel.push(
      0,
      Float32Array.from({ length: 64 * 12 }, (_, i) => Math.sin((2 * Math.PI * 1.5 * i) / 64)),
    )
    const window = new Float64Array(100)
    expect(channel.read(200, window)).toBe(true)
    expect(Math.max(...window)).toBeCloseTo(1, 1)
    expect(channel.read(250, window)).toBe(false)
  })
})

describe('Fourier', () => {
  test('gives the amplitudes of two signals at once', () => {
    const n = 64
    const wave = (bin: number, height: number) =>
      Float64Array.from({ length: n }, (_, i) => height * Math.cos((2 * Math.PI * bin * i) / n))
    const [a, b] = [new Float64Array(n / 2), new Float64Array(n / 2)]
    new Fourier(n).amplitudes(wave(5, 2), wave(9, 3), a, b)
    expect(a[5]).toBeCloseTo(n, 9)
    expect(b[9]).toBeCloseTo((3 * n) / 2, 9)
    expect(a[9]! + b[5]! + a[0]!).toBeCloseTo(0, 9)
    expect(() => new Fourier(100)).toThrow('expected a power of two, received 100')
  })
})
