import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { simulated } from '../testing/acceleration.ts'
import { emitted, ofKind, samples, stamp } from '../testing/run.ts'
import { activityAt, motions, senseMotion, type Motion } from './motion.ts'
import { axes, MotionSeconds, type Axis, type MotionSecond, type MotionSecondsSnapshot } from './motionSeconds.ts'

interface Block {
  axis: Axis
  from: number
  values: Float32Array
}

const rateHz = 50
const seconds = 8
/** Whole µs a sample, so that every cut has an exact tick. */
const period = 1e6 / rateHz
const wave = axes.map((_, a) =>
  Float32Array.from({ length: seconds * rateHz }, (_, i) => (a === 2 ? 1 : 0) + Math.sin(i * (0.1 + a)) / 3),
)

/** Each axis cut at random, then merged in order of time. */
const cut = fc
  .array(fc.uniqueArray(fc.integer({ min: 1, max: seconds * rateHz - 1 }), { maxLength: 20 }), {
    minLength: 3,
    maxLength: 3,
  })
  .map((cuts) =>
    cuts
      .flatMap((places, a): Block[] => {
        const sorted = [0, ...places.sort((x, y) => x - y), seconds * rateHz]
        return sorted.slice(1).map((to, i) => ({
          axis: axes[a]!,
          from: sorted[i]!,
          values: wave[a]!.subarray(sorted[i], to),
        }))
      })
      .sort((x, y) => x.from - y.from),
  )

const push = (stream: MotionSeconds, { axis, from, values }: Block): MotionSecond[] =>
  stream.push(axis, from * period, rateHz, values)
const whole = (): MotionSecond[] => {
  const stream = new MotionSeconds()
  return wave.flatMap((values, a) => push(stream, { axis: axes[a]!, from: 0, values }))
}

describe('seconds of acceleration', () => {
  it('are told once all three axes have passed them, with movement and mean', () => {
    const stream = new MotionSeconds()
    const still = new Float32Array(50).fill(0.5)
    const moved = Float32Array.from({ length: 50 }, (_, i) => (i % 2 ? 0.3 : -0.1))
    expect(stream.push('accX', 0, 50, still)).toEqual([])
    expect(stream.push('accY', 0, 50, moved)).toEqual([])
    const [second] = stream.push('accZ', 0, 50, still)
    expect(second).toMatchObject({ second: 0, rateHz: 50 })
    expect(second?.movement).toBeCloseTo(0.2, 6)
    expect(second?.mean[0]).toBeCloseTo(0.5, 6)
    expect(second?.mean[1]).toBeCloseTo(0.1, 6)
  })

  it('do not depend on how samples were cut into blocks', () => {
    const expected = whole()
    expect(expected).toHaveLength(seconds)
    fc.assert(
      fc.property(cut, (blocks) => {
        const stream = new MotionSeconds()
        expect(blocks.flatMap((block) => push(stream, block))).toEqual(expected)
      }),
      { numRuns: 50 },
    )
  })

  it('go on bit for bit from a snapshot taken anywhere', () => {
    const expected = whole()
    fc.assert(
      fc.property(cut, fc.nat(), (blocks, at) => {
        let stream = new MotionSeconds()
        const out = blocks.flatMap((block, i) => {
          if (i === at % blocks.length)
            stream = MotionSeconds.restore(JSON.parse(JSON.stringify(stream.snapshot())) as MotionSecondsSnapshot)
          return push(stream, block)
        })
        expect(out).toEqual(expected)
      }),
      { numRuns: 50 },
    )
  })

  it('are told without an axis that is two seconds late, and count from half of their samples', () => {
    const stream = new MotionSeconds()
    const out = [0, 1, 2, 3].flatMap((s) => stream.push('accX', s * 1e6, 50, new Float32Array(s === 1 ? 20 : 50)))
    expect(out.map(({ second, movement }) => [second, movement])).toEqual([[0, 0]])
    expect(stream.push('accX', 4e6, 50, new Float32Array(50)).map(({ movement }) => movement)).toEqual([NaN])
  })

  it('take any numbers at any rate and time, and keep little', () => {
    const value = fc.oneof(fc.constantFrom(NaN, Infinity, -Infinity, 1e30), fc.double())
    const block = fc.tuple(
      fc.constantFrom(...axes),
      fc.integer({ min: 0, max: 1e12 }),
      fc.oneof(fc.double(), fc.constantFrom(0, -1, 25, 31.25, 100)),
      fc.array(value, { maxLength: 300 }),
    )
    fc.assert(
      fc.property(fc.array(block, { maxLength: 60 }), (blocks) => {
        const stream = new MotionSeconds()
        for (const [axis, tick, rate, values] of blocks) stream.push(axis, tick, rate, Float32Array.from(values))
        expect(stream.snapshot().open.length).toBeLessThanOrEqual(64)
      }),
      { numRuns: 100 },
    )
  })
})

describe('motion', () => {
  const run = (items: readonly Flow[], motion: Motion = motions()) => ({
    motion,
    out: ofKind(emitted(senseMotion(motion), items), 'motion'),
  })

  it('of a simulated wearer: rest, a walk, recovering from it, rest', () => {
    const items = simulated(7, 400, [{ kind: 'walk', atSeconds: 60, durationSeconds: 60 }])
    const motion = motions()
    const sense = senseMotion(motion)
    const seen = items.flatMap((item) => {
      sense(item, () => undefined)
      if (item.kind !== 'samples' || item.signal !== 'accZ') return []
      return [activityAt(motion.devices.peek('d-1'), item.tick)]
    })
    expect(seen[0]).toBe('unknown')
    expect([40, 90, 160, 300].map((second) => seen[second])).toEqual(['rest', 'moving', 'recovering', 'rest'])
    expect(motion.wearers.peek('w-1')?.recent.at(-1)?.second).toBe(stamp(399).sampledAt / 1e6)
  })

  it('is forgotten with a reboot and with another wearer, and unknown when it is old', () => {
    const items = simulated(7, 20, [])
    const { motion } = run(items)
    const device = () => motion.devices.peek('d-1')
    expect(activityAt(device(), 20e6)).toBe('rest')
    expect(activityAt(device(), 40e6)).toBe('unknown')
    run([{ ...samples(20, 'accX', [0, 0]), wearer: 'w-2' } as Flow], motion)
    expect(device()?.recent).toEqual([])
    run(items, motion)
    run([{ kind: 'restart', ...stamp(20) }], motion)
    expect(device()?.recent).toEqual([])
  })

  it('is the same when its state goes through disk after every block', () => {
    const items = simulated(3, 40, [{ kind: 'run', atSeconds: 5, durationSeconds: 30, toPerMinute: 150 }])
    let motion = motions()
    const moved = items.flatMap((item) => {
      const rows = [...motion.devices.takeChanged(), ...motion.wearers.takeChanged()]
      const next = motions()
      next.devices.restore(rows)
      next.wearers.restore(rows)
      if (rows.length > 0) motion = next
      return run([item], motion).out
    })
    const once = run(items)
    expect(moved).toEqual(once.out)
    expect(motion.devices.peek('d-1')).toEqual(once.motion.devices.peek('d-1'))
  })
})
