import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { stamp } from '../testing/run.ts'
import { findingsOf, shaped, simulated } from '../testing/acceleration.ts'
import { convulsion } from './convulsion.ts'

const run = (items: ReturnType<typeof simulated>) => findingsOf(convulsion().stage, items)
/** A second's stillness, so long a sine of so many Hz and g, then stillness. */
const sine = (hz: number, seconds: number, g = 0.5, rateHz = 50) =>
  run(
    shaped(seconds + 30, rateHz, (at) => {
      const swing = at >= 5.4 && at < 5.4 + seconds ? g * Math.sin(2 * Math.PI * hz * at) : 0
      return [swing, 0.4 * swing, 1]
    }),
  )

describe('convulsion', () => {
  it('of a simulated wearer is told within 30 s of its beginning, tonic phase included, and ended', () => {
    for (const seed of [1, 2, 3, 4]) {
      const found = run(simulated(seed, 180, [{ kind: 'convulsion', atSeconds: 20.4, durationSeconds: 120 }]))
      expect(found.map(({ abnormal }) => abnormal)).toEqual([true, false])
      expect(found[0]!.at).toBeGreaterThan(20)
      expect(found[0]!.told).toBeLessThan(50)
    }
  })

  it('is shaking at 3.5 to 8 Hz for about ten seconds, whatever the sensor’s rate', () => {
    for (const hz of [3.5, 4.3, 5, 6.7, 7.9])
      for (const rateHz of [25, 32, 50, 125]) {
        const [found] = sine(hz, 12, 0.5, rateHz)
        expect(found).toMatchObject({ abnormal: true, code: 'convulsion' })
        expect(found!.at).toBeGreaterThan(3)
        expect(found!.told).toBeLessThan(5.4 + 15)
        expect(Math.abs((found!.params!['hz'] as number) - hz)).toBeLessThan(0.3)
      }
    expect(sine(4, 12, 0.5, 10)).toHaveLength(2)
  })

  it('is slower shaking if it lasts longer, and none that is short, weak, too slow or too fast', () => {
    expect(sine(2.5, 25)).toHaveLength(2)
    expect(sine(2.5, 12)).toEqual([])
    expect(sine(5, 6)).toEqual([])
    expect(sine(5, 30, 0.15)).toEqual([])
    expect(sine(1.5, 60)).toEqual([])
    expect(sine(10, 60)).toEqual([])
  })

  it('is none of walking, stairs, running, cycling, turning in bed or restless movement', () => {
    const kinds = ['walk', 'stairs', 'run', 'exercise', 'sleep', 'motion'] as const
    for (const kind of kinds)
      for (const seed of [1, 2])
        expect(run(simulated(seed, 130, [{ kind, atSeconds: 20.3, durationSeconds: 90 }]))).toEqual([])
  })

  it('is not pieced together over a hole, and forgotten with a reboot', () => {
    const items = simulated(1, 60, [{ kind: 'convulsion', atSeconds: 2, durationSeconds: 120 }])
    const hole = items.filter((item) => item.kind !== 'samples' || item.tick < 18e6 || item.tick >= 22e6)
    expect(run(hole)[0]!.at).toBeGreaterThanOrEqual(22)
    const reboot: Flow = { kind: 'restart', ...stamp(20) }
    const rebooted = items.flatMap((item) => ('tick' in item && item.tick === 20e6 ? [reboot, item] : [item]))
    expect(run(rebooted)[0]!.at).toBeGreaterThanOrEqual(20)
  })

  it('is the same when its state goes through disk after every second', () => {
    const items = simulated(2, 180, [{ kind: 'convulsion', atSeconds: 20.4, durationSeconds: 120 }])
    let detector = convulsion()
    const moved = findingsOf((item, emit) => {
      const rows = detector.state.flatMap((one) => one.takeChanged())
      if (rows.length > 0) {
        detector = convulsion()
        for (const one of detector.state) one.restore(rows)
      }
      detector.stage(item, emit)
    }, items)
    expect(moved).toEqual(run(items))
    expect(moved).toHaveLength(2)
  })
})
