import { describe, expect, test } from 'vitest'
import type { PaceClock } from './pace.ts'
import { pacer } from './pace.ts'

/** A clock that moves only when somebody sleeps, or is told to. */
class VirtualClock implements PaceClock {
  millis = 1000
  nowMillis() {
    return this.millis
  }
  sleep(millis: number) {
    this.millis += millis
    return Promise.resolve()
  }
}

describe('pacing', () => {
  test.each([
    [1, 30_000],
    [10, 3000],
    [0.1, 300_000],
    [10_000, 3],
  ])('at speed %d thirty seconds take %d ms', async (speed, expected) => {
    const clock = new VirtualClock()
    const { due } = pacer(speed, { clock })
    for (let second = 0; second <= 30; second++) await due(second * 1e6)
    expect(clock.millis - 1000).toBeGreaterThan(expected - 2)
    expect(clock.millis - 1000).toBeLessThanOrEqual(expected)
  })

  test('max never waits', () => {
    const { due } = pacer('max', { clock: new VirtualClock() })
    expect([0, 1e6, 1e12].map(due)).toEqual([undefined, undefined, undefined])
  })

  test('what came late is made up for', async () => {
    const clock = new VirtualClock()
    const { due, lagMillis } = pacer(1, { clock })
    await due(0)
    clock.millis += 5000
    expect(due(3e6)).toBeUndefined()
    expect(lagMillis(3e6)).toBe(2000)
    await due(10e6)
    expect(clock.millis).toBe(11_000)
  })
})
