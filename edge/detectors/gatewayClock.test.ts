import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow, Tick } from '../flow.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import { gatewayClock } from './gatewayClock.ts'
import { silence } from './silence.ts'

const epoch = Date.UTC(2026, 0, 1) * 1e3
/** A tick a second; the wall clock is ahead of what it was by so much from then on. */
const ticks = (seconds: number, aheadAt: (second: number) => number): Tick[] =>
  Array.from({ length: seconds }, (_, second) => ({
    kind: 'tick',
    now: epoch + (second + aheadAt(second)) * 1e6,
    steadyMicros: second * 1e6 + 77,
  }))

describe('the gateway’s own clock', () => {
  it('that is set is told, once and by how much, forward and back', () => {
    const { stage } = gatewayClock()
    const out: Flow[] = []
    const steps = (second: number): number => (second >= 70 ? -3600.25 : second >= 30 ? 600 : 0)
    for (const tick of ticks(100, steps)) stage(tick, (item) => out.push(item))
    const found = out.flatMap((item) => (item.kind === 'finding' ? item : []))
    const forward = { seconds: 600, from: '2026-01-01T00:00:30.000Z', to: '2026-01-01T00:10:30.000Z' }
    const back = { seconds: -4200.25, from: '2026-01-01T00:11:10.000Z', to: '2025-12-31T23:01:09.750Z' }
    expect(found.map(({ code, abnormal, params }) => [code, abnormal, params])).toEqual([
      ['gateway-clock-step', true, forward],
      ['gateway-clock-step', false, forward],
      ['gateway-clock-step', true, back],
      ['gateway-clock-step', false, back],
    ])
    expect(found[0]).toMatchObject({ wearer: '', device: '', sampledAt: epoch + 630e6, timing: 'wall' })
  })

  it('that is kept in step by small steps, or of a process that was held up, is not told', () => {
    const { stage } = gatewayClock()
    const out: Flow[] = []
    for (const tick of ticks(100, (second) => second * 0.001)) stage(tick, (item) => out.push(item))
    const later = { kind: 'tick', now: epoch + 5000e6, steadyMicros: 5000e6 + 77 } as const
    stage(later, (item) => out.push(item))
    expect(out.filter(({ kind }) => kind === 'finding')).toEqual([])
  })

  it('property: however it is set, a device is silent after its ten seconds and not before', () => {
    // Of 5 s and more, also where two come at once: what is less than 2 s is no step, and is waited for longer or shorter.
    const by = fc.integer({ min: -8e7, max: 8e7 }).map((fives) => fives * 5)
    const step = fc.record({ at: fc.integer({ min: 1, max: 25 }), by })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        let now = epoch
        const { stage } = silence(
          new AssignmentBook([{ device: 'd', wearer: 'w' }]),
          () => false,
          10,
          () => now,
        )
        const told: number[] = []
        const aheadAt = (second: number): number =>
          steps.filter(({ at }) => at <= second).reduce((sum, { by }) => sum + by, 0)
        for (const [second, tick] of ticks(30, aheadAt).entries()) {
          now = tick.now
          stage(tick, (item) => item.kind === 'finding' && told.push(second))
        }
        expect(told).toEqual([10])
      }),
    )
  })
})
