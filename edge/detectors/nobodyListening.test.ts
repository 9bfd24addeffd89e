import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { responderLeaseMillis, Responders } from '../responders.ts'
import { epoch } from '../testing/run.ts'
import { watchListeners } from './nobodyListening.ts'

describe('nobody listens', () => {
  it('is found after its time by a clock that nobody sets, with the moment from which nobody was there', () => {
    let monotonic = 0
    const look = watchListeners(60, () => monotonic)
    const at = (seconds: number, listeners: number, wall = seconds) => {
      monotonic = seconds * 1000
      return look(listeners, epoch + wall * 1e6).map(({ abnormal, tick }) => [abnormal, (tick - epoch) / 1e6])
    }
    expect(at(0, 0)).toEqual([])
    expect(at(59, 0)).toEqual([])
    expect(at(60, 0)).toEqual([[true, 0]])
    expect(at(70, 1)).toEqual([[false, 70]])
    // The wall clock jumps an hour: nobody has been away any longer for that.
    expect(at(100, 0, 3700)).toEqual([])
    expect(at(131, 0, 3731)).toEqual([[true, 3670]])
  })
})

describe('responders', () => {
  const hear = (responders: Responders, responder: string, people: number) =>
    responders.hear({ schemaVersion: 1, responder, people })

  it('property: whoever spoke within the lease counts, with what it said last, and nobody else', () => {
    const said = fc.record({
      after: fc.integer({ min: 0, max: 20_000 }),
      who: fc.constantFrom('a', 'b', 'c'),
      people: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(said), (all) => {
        let now = 0
        const responders = new Responders(() => now)
        const last = new Map<string, { at: number; people: number }>()
        for (const { after, who, people } of all) {
          now += after
          hear(responders, who, people)
          last.set(who, { at: now, people })
          const there = [...last.values()].filter(({ at }) => now - at < responderLeaseMillis)
          expect(responders.people).toBe(there.reduce((sum, one) => sum + one.people, 0))
        }
      }),
    )
  })

  it('are bounded: one too many has no room until another has gone', () => {
    let now = 0
    const responders = new Responders(() => now)
    for (let i = 0; i < 1000; i += 1) expect(hear(responders, `r-${i}`, 1)).toBe(true)
    expect(hear(responders, 'late', 1)).toBe(false)
    expect(hear(responders, 'r-7', 2)).toBe(true)
    now = responderLeaseMillis
    expect(hear(responders, 'late', 1)).toBe(true)
    expect(responders.people).toBe(1)
  })
})
