import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import { arrival, emitted, epoch, heartRates, ofKind } from '../testing/run.ts'
import { heldFrames, inOrder, latenessMicros, mostHeld } from './lateness.ts'
import { numberings } from './numbering.ts'
import { deviceCounts, inSequence } from './sequence.ts'

function stages() {
  const devices = deviceCounts()
  const held = heldFrames()
  const order = inOrder(held, devices)
  const sequence = inSequence(devices, numberings(), () => true)
  const run = (items: readonly Flow[]) => emitted(sequence, []).concat(through(items))
  /** One item through both before the next, as in the pipeline. */
  const through = (items: readonly Flow[]): Flow[] => {
    const out: Flow[] = []
    for (const item of items) order(item, (passed) => sequence(passed, (said) => out.push(said)))
    return out
  }
  return { devices, held, run, states: [devices, held] }
}

const numbersOf = (out: readonly Flow[]) => ofKind(out, 'said').map(({ record }) => record.sequence)
/** Two frames a second. */
const frame = (i: number, first = 0): WireRecord => ({
  ...heartRates((first + i) >>> 0, 0, [60 + (i % 7), NaN, -0]),
  tick: i * 500_000,
})

describe('frames out of order', () => {
  it('come through at once where nothing is missing', () => {
    const { run, held } = stages()
    expect(numbersOf(run([0, 1, 2].map((i) => arrival(frame(i)))))).toEqual([0, 1, 2])
    expect(held.peek('d-1') ?? []).toEqual([])
  })

  it('are put in place, and a loss is given up when stream time has gone on', () => {
    const { run, devices } = stages()
    expect(numbersOf(run([0, 2, 3, 1].map((i) => arrival(frame(i)))))).toEqual([0, 1, 2, 3])
    expect(numbersOf(run([5, 6, 7, 8, 9, 10, 11].map((i) => arrival(frame(i)))))).toEqual([])
    expect(numbersOf(run([arrival(frame(12))]))).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
    expect(devices.peek('d-1')).toMatchObject({ lostFrames: 1, late: 0 })
    expect(ofKind(run([arrival(frame(4))]), 'refused').map(({ reason }) => reason)).toEqual(['late'])
  })

  it('do not wait where nothing more comes', () => {
    const { run } = stages()
    run([arrival(frame(0)), arrival(frame(2))])
    expect(numbersOf(run([{ kind: 'tick', now: epoch + 4e6 }]))).toEqual([])
    expect(numbersOf(run([{ kind: 'tick', now: epoch + 6e6 }]))).toEqual([2])
  })

  it('go on when the device restarts, and far jumps do not wait', () => {
    const { run } = stages()
    const other = heartRates(0, 0, [60], 8)
    expect(numbersOf(run([arrival(frame(0)), arrival(frame(2)), arrival(other)]))).toEqual([0, 2, 0])
    expect(numbersOf(run([arrival({ ...other, sequence: 5000, tick: 1e6 })]))).toEqual([5000])
  })

  it('tell the end of an arrival once, after its records', () => {
    const { run } = stages()
    const acknowledge = (): void => undefined
    const out = run([arrival(frame(0)), { ...arrival(frame(2), frame(1)), acknowledge } as Flow])
    expect(out.map(({ kind }) => kind)).toEqual(['said', 'said', 'said', 'delivered'])
  })

  it('are bounded', () => {
    const { run, held } = stages()
    run([arrival(frame(0))])
    const same = Array.from({ length: 400 }, (_, i) => arrival({ ...frame(i + 2), tick: 0 }))
    run(same)
    expect(held.peek('d-1')?.length ?? 0).toBeLessThanOrEqual(mostHeld)
  })

  const moved = fc.record({
    first: fc.constantFrom(0, 0xffffffff - 20),
    // How far each frame is delayed, within the lateness: fewer than 6 frames.
    delays: fc.array(fc.record({ by: fc.integer({ min: 0, max: 5 }), twice: fc.boolean() }), {
      minLength: 40,
      maxLength: 80,
    }),
  })

  it('property: reordered within the lateness and duplicated, every frame passes once and in order, also over the wrap', () => {
    fc.assert(
      fc.property(moved, ({ first, delays }) => {
        const sent = delays.flatMap(({ by, twice }, i) => {
          // The first frame tells where the numbers begin.
          const at = i === 0 ? -1 : i + by + 0.5
          return [{ at, i }, ...(twice ? [{ at: at + 1, i }] : [])]
        })
        sent.sort((a, b) => a.at - b.at || a.i - b.i)
        const { run, devices } = stages()
        const out = run(sent.map(({ i }) => arrival(frame(i, first))))
        expect(numbersOf(out)).toEqual(delays.map((_, i) => (first + i) >>> 0))
        expect(devices.peek('d-1')).toMatchObject({ lostFrames: 0, late: 0 })
      }),
      { numRuns: 60 },
    )
  })

  it('property: with losses what passes is in order and unique, and nothing waits longer than the lateness', () => {
    const lossy = fc.array(fc.record({ lost: fc.boolean(), by: fc.integer({ min: 0, max: 12 }) }), { maxLength: 80 })
    fc.assert(
      fc.property(lossy, (frames) => {
        const sent = frames.flatMap(({ lost, by }, i) => (lost && i > 0 ? [] : [{ at: i === 0 ? -1 : i + by, i }]))
        sent.sort((a, b) => a.at - b.at || a.i - b.i)
        const { run, held } = stages()
        const out: number[] = []
        for (const { i } of sent) {
          out.push(...numbersOf(run([arrival(frame(i))])))
          const ticks = (held.peek('d-1') ?? []).map(({ record }) => record.tick)
          if (ticks.length > 0) expect(Math.max(...ticks) - ticks[0]!).toBeLessThanOrEqual(latenessMicros)
        }
        expect(out).toEqual([...new Set(out)].sort((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })

  it('property: the same frames pass when all state goes through disk in between', () => {
    fc.assert(
      fc.property(moved, fc.integer({ min: 1, max: 39 }), ({ first, delays }, cut) => {
        const sent = delays.map(({ by }, i) => ({ at: i === 0 ? -1 : i + by + 0.5, i })).sort((a, b) => a.at - b.at)
        const items = sent.map(({ i }) => arrival(frame(i, first)))
        const before = stages()
        const out = before.run(items.slice(0, cut))
        const after = stages()
        const rows = before.states.flatMap((state) => state.takeChanged())
        for (const state of after.states) state.restore(rows)
        out.push(...after.run(items.slice(cut)))
        expect(ofKind(out, 'said')).toEqual(ofKind(stages().run(items), 'said'))
      }),
      { numRuns: 40 },
    )
  })
})
