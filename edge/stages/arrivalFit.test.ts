import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrivalFit, estimate, observe } from './arrivalFit.ts'

const start = 1_700_000_000_000_000
/** A record each second; `delay` is what it waits on its way, s. */
function arrivals(seconds: number, ppm: number, delay: (second: number) => number) {
  return Array.from({ length: seconds }, (_, second) => ({
    tick: second * 1e6,
    receivedAt: Math.round(start + second * (1e6 + ppm) + delay(second) * 1e6),
  }))
}

describe('the fit of arrivals', () => {
  it('property: follows a drift of up to 200 ppm under jitter, to within the jitter', () => {
    const given = fc.record({
      ppm: fc.integer({ min: -200, max: 200 }),
      jitter: fc.array(fc.double({ min: 0, max: 0.4, noNaN: true }), { minLength: 97, maxLength: 97 }),
    })
    fc.assert(
      fc.property(given, ({ ppm, jitter }) => {
        const fit = arrivalFit()
        const least = Math.min(...jitter) * 1e6
        for (const { tick, receivedAt } of arrivals(3600, ppm, (s) => jitter[s % 97]!)) observe(fit, tick, receivedAt)
        const now = estimate(fit, 3600e6)!
        expect(Math.abs(now.driftPpm - ppm)).toBeLessThan(60)
        // 120 s of stream time have one point: up to 24 ms of drift within it.
        expect(Math.abs(now.offsetMicros - (start + 3600 * ppm + least))).toBeLessThan(400_000 - least + 30_000)
        expect(fit.points.length).toBeLessThanOrEqual(32)
      }),
      { numRuns: 25 },
    )
  })

  it('without jitter finds drift and offset', () => {
    const fit = arrivalFit()
    for (const { tick, receivedAt } of arrivals(3600, 137, () => 0.05)) observe(fit, tick, receivedAt)
    const now = estimate(fit, 3600e6)!
    expect(now.driftPpm).toBeCloseTo(137, 0)
    expect(Math.abs(now.offsetMicros - (start + 3600 * 137 + 50_000))).toBeLessThan(20_000)
    expect(now.uncertaintyMicros).toBeLessThan(20_000)
  })

  it('knows what was kept for 40 minutes, until it has caught up, and does not learn from it', () => {
    const fit = arrivalFit()
    const kept = (s: number) => (s >= 600 && s < 3000 ? 3000 - s : 0)
    const waited = arrivals(3600, 50, kept).map(({ tick, receivedAt }) => observe(fit, tick, receivedAt) / 1e6)
    expect(waited[599]).toBeLessThan(1)
    for (const s of [600, 1500, 2900]) expect(Math.abs(waited[s]! - kept(s))).toBeLessThan(2)
    expect(waited[3100]).toBeLessThan(1)
  })

  it('calls a slow reading of a recording late never by more than a minute, and a clock that was set late for a minute', () => {
    const slow = arrivalFit()
    const half = Array.from({ length: 3600 }, (_, s) => observe(slow, s * 1e6, start + 2 * s * 1e6))
    expect(Math.max(...half)).toBeLessThan(60e6)
    const set = arrivalFit()
    const waited = arrivals(1200, 0, (s) => (s >= 600 ? 3600 : 0)).map(({ tick, receivedAt }) =>
      observe(set, tick, receivedAt),
    )
    expect(waited.findLastIndex((micros) => micros > 0)).toBeLessThan(662)
  })

  it('at a hundred times the speed nothing is late', () => {
    const fit = arrivalFit()
    for (let s = 0; s < 7200; s++) expect(observe(fit, s * 1e6, start + s * 1e4)).toBeLessThan(1e6)
  })

  it('property: goes on the same after a way through JSON', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 30, maxLength: 60 })
    fc.assert(
      fc.property(delays, fc.integer({ min: 1, max: 29 }), (waits, cut) => {
        const one = arrivalFit()
        let other = arrivalFit()
        for (const [i, wait] of waits.entries()) {
          if (i === cut) other = JSON.parse(JSON.stringify(other)) as typeof other
          const at = start + i * 60e6 + wait * 1e6
          expect(observe(other, i * 60e6, at)).toBe(observe(one, i * 60e6, at))
        }
      }),
    )
  })
})
