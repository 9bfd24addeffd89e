import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../models/training/random.ts'
import { PulseOxygen, type OxygenChannel, type PulseOxygenEstimate } from './pulseOxygen.ts'

const rateHz = 50
interface Block {
  channel: OxygenChannel
  tick: number
  values: Float32Array
}

/** Infrared pulses of 1 % on a level of 1000, red ones of `ratio` times that on a level of 500. */
function finger(seconds: number, ratio: number, noise: number): Block[] {
  const random = seededRandom(3)
  const wave = (t: number) => Math.sin(2 * Math.PI * 1.2 * t) + 0.3 * Math.sin(2 * Math.PI * 2.4 * t)
  return Array.from({ length: seconds }, (_, second) =>
    (['ppgRed', 'ppgInfrared'] as const).map((channel): Block => {
      const [level, size] = channel === 'ppgRed' ? [500, 0.01 * ratio] : [1000, 0.01]
      const at = (i: number) => level * (1 + size * wave(second + i / rateHz) + noise * (random() - 0.5))
      return { channel, tick: second * 1e6, values: Float32Array.from({ length: rateHz }, (_, i) => at(i)) }
    }),
  ).flat()
}

const run = (oxygen: PulseOxygen, blocks: readonly Block[]): PulseOxygenEstimate[] =>
  blocks.flatMap(({ channel, tick, values }) => oxygen.push(channel, rateHz, tick, values))

describe('PulseOxygen', () => {
  test.each([
    [0.5, 97.5],
    [1, 85],
  ])('a ratio of ratios of %d is %d %%', (ratio, spo2) => {
    const last = run(new PulseOxygen(), finger(40, ratio, 0.001)).at(-1)!
    expect(last.ratio).toBeCloseTo(ratio, 1)
    expect(last.spo2).toBeCloseTo(spo2, 0)
  })

  test('says nothing of noise, nor over a gap', () => {
    expect(run(new PulseOxygen(), finger(40, 0.5, 0.2))).toEqual([])
    const blocks = finger(40, 0.5, 0).filter(({ tick }) => tick < 20e6 || tick >= 23e6)
    expect(run(new PulseOxygen(), blocks).filter(({ tick }) => tick > 20e6 && tick < 30e6)).toEqual([])
  })

  test('depends neither on how blocks were cut nor on a snapshot between them', () => {
    const blocks = finger(30, 0.6, 0.001)
    const expected = run(new PulseOxygen(), blocks)
    expect(expected.length).toBeGreaterThan(5)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: rateHz - 1 }), fc.integer({ min: 0, max: 60 }), (cut, at) => {
        const parts = (whole: readonly Block[]) =>
          whole.flatMap((block) => [
            { ...block, values: block.values.subarray(0, cut) },
            { ...block, tick: block.tick + (cut * 1e6) / rateHz, values: block.values.subarray(cut) },
          ])
        const before = new PulseOxygen()
        const first = run(before, parts(blocks.slice(0, at)))
        const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<PulseOxygen['snapshot']>
        expect([...first, ...run(PulseOxygen.restore(saved), parts(blocks.slice(at)))]).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })

  test('survives any numbers and times', () => {
    const block = fc.record({
      channel: fc.constantFrom('ppgRed' as const, 'ppgInfrared' as const),
      tick: fc.integer({ min: 0, max: 1e9 }),
      values: fc.float32Array({ maxLength: 50 }),
    })
    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), (blocks) => {
        for (const { spo2 } of run(new PulseOxygen(), blocks)) expect(spo2).toBeGreaterThanOrEqual(50)
      }),
    )
  })
})
