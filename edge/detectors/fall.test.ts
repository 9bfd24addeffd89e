import { describe, expect, it } from 'vitest'
import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { contacts } from '../stages/contact.ts'
import { findingsOf, shaped, simulated } from '../testing/acceleration.ts'
import { fall } from './fall.ts'

const run = (items: ReturnType<typeof simulated>) => findingsOf(fall(contacts()).stage, items)
const fallAt = (atSeconds: number): SimulatedEvent => ({ kind: 'fall', atSeconds, durationSeconds: 60 })

/** Upright, then for a moment something, then again a posture, with a little noise. */
function after(impact: (since: number) => number | undefined, posture: 'upright' | 'lying', moves = 0.01) {
  return shaped(60, 50, (at) => {
    const noise = moves * Math.sin(at * 31)
    const total = impact(at - 20)
    if (total !== undefined) return [0, 0, total]
    return at > 20 && posture === 'lying' ? [1, noise, noise] : [noise, noise, 1 + noise]
  })
}
/** Weightless for so long, s, then an impact of 80 ms. */
const drop = (seconds: number, g: number) => (since: number) =>
  since < 0 || since > seconds + 0.08 ? undefined : since < seconds ? 0.3 : g

describe('fall', () => {
  it.each(['rest', 'walk', 'run'] as const)(
    'out of %s is told within 15 s, and ended when the wearer is up',
    (kind) => {
      for (const seed of [1, 2, 3]) {
        const before: SimulatedEvent[] = kind === 'rest' ? [] : [{ kind, atSeconds: 20, durationSeconds: 40 }]
        const found = run(simulated(seed, 150, [...before, fallAt(60)]))
        expect(found.map(({ abnormal }) => abnormal)).toEqual([true, false])
        expect(found[0]!.at).toBeGreaterThan(60)
        expect(found[0]!.at).toBeLessThan(61)
        expect(found[0]!.told).toBeLessThan(75)
        expect(found[1]!.at).toBeGreaterThan(119)
      }
    },
  )

  it('is weightlessness, impact and lying, or a very hard impact and lying', () => {
    expect(run(after(drop(0.3, 2.5), 'lying'))).toHaveLength(1)
    expect(run(after(drop(0, 4), 'lying'))).toHaveLength(1)
  })

  it('is told after half a minute where the posture stayed and nothing moves', () => {
    const found = run(after(drop(0.3, 2.5), 'upright'))
    expect(found).toHaveLength(1)
    expect(found[0]!.told).toBeGreaterThan(50)
    expect(found[0]!.told).toBeLessThan(55)
  })

  it('is not a hop, a hard seat, a blow, or anything with movement after it', () => {
    expect(run(after(drop(0.3, 2.5), 'upright', 0.08))).toEqual([])
    expect(run(after(drop(0.04, 2.5), 'lying'))).toEqual([])
    expect(run(after(drop(0, 3), 'lying'))).toEqual([])
    expect(run(after(drop(0.3, 1.6), 'lying'))).toEqual([])
    expect(run(after(drop(0.3, 3), 'lying', 0.2))).toEqual([])
  })

  it('is none of walking, stairs, running, turning in bed or restless movement, nor their ends', () => {
    const kinds = ['walk', 'stairs', 'run', 'sleep', 'motion'] as const
    for (const kind of kinds)
      for (const seed of [1, 2, 3])
        expect(run(simulated(seed, 200, [{ kind, atSeconds: 20.3, durationSeconds: 100 }]))).toEqual([])
  })

  it('is the same when its state goes through disk after every second, axes missing or not', () => {
    const items = simulated(2, 150, [fallAt(60)])
    for (const seen of [
      items,
      items.filter((item) => !('signal' in item && item.signal === 'accY' && item.tick < 30e6)),
    ]) {
      let detector = fall(contacts())
      const moved = findingsOf((item, emit) => {
        const rows = detector.state.flatMap((one) => one.takeChanged())
        if (rows.length > 0) {
          detector = fall(contacts())
          for (const one of detector.state) one.restore(rows)
        }
        detector.stage(item, emit)
      }, seen)
      expect(moved).toEqual(run(seen))
      expect(moved).toHaveLength(2)
    }
  })

  it('is not told of a device that is off', () => {
    const states = contacts()
    states.of('d-1').off = 'lead-off'
    expect(findingsOf(fall(states).stage, simulated(1, 100, [fallAt(60)]))).toEqual([])
  })
})
