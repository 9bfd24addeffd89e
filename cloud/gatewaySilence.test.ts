import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alarmSchema } from '../edge/messages.ts'
import type { Alarm } from '../edge/messages.ts'
import { acknowledgeAlarm, GatewaySilence } from './gatewaySilence.ts'
import type { Watch } from './gatewaySilence.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString()
const at = (seconds: number) => start + seconds * 1000
const two: Watch = {
  by: (gateway) =>
    gateway === 'g1'
      ? [
          { wearer: 'w1', devices: ['d1'] },
          { wearer: 'w2', devices: ['d2'] },
        ]
      : [],
  elsewhere: () => false,
}

describe('gateway silence', () => {
  it('stays quiet while heartbeats come', () => {
    const silence = new GatewaySilence()
    for (let t = 0; t < 300; t += 5) {
      silence.heard('g1', at(t), iso(t))
      expect(silence.tick(at(t + 4), two)).toEqual({ alarms: [], fellSilent: [] })
    }
    expect(silence.silentSince('g1')).toBeUndefined()
  })

  it('raises one alarm for each wearer, once, 20 s after the last heartbeat', () => {
    const silence = new GatewaySilence()
    silence.heard('g1', at(0), iso(0))
    expect(silence.tick(at(19.999), two).alarms).toEqual([])
    const { alarms, fellSilent } = silence.tick(at(20), two)
    expect(fellSilent).toEqual(['g1'])
    expect(alarms.map(({ wearer, at: onset, priority }) => [wearer, onset, priority])).toEqual([
      ['w1', iso(0), 'high'],
      ['w2', iso(0), 'high'],
    ])
    for (const alarm of alarms) expect(alarmSchema.parse(alarm)).toEqual(alarm)
    expect(silence.silentSince('g1')).toBe(iso(0))
    expect(silence.tick(at(40), two)).toEqual({ alarms: [], fellSilent: [] })
  })

  it('is neither seen nor missed because our own clock was set', () => {
    for (const by of [3600_000, -3600_000, 20 * 365 * 86_400_000]) {
      const silence = new GatewaySilence()
      silence.heard('g1', at(0), iso(0))
      silence.clockSet(by)
      expect(silence.tick(at(19.999) + by, two).fellSilent).toEqual([])
      expect(silence.tick(at(20) + by, two).fellSilent).toEqual(['g1'])
    }
  })

  it('gives the same ids wherever and whenever the same silence is noticed', () => {
    const ids = [0, 3.3].map((delay) => {
      const silence = new GatewaySilence()
      silence.heard('g1', at(delay), iso(0))
      return silence.tick(at(delay + 25), two).alarms.map(({ id }) => id)
    })
    expect(ids[0]).toEqual(ids[1])
  })

  it('raises at once when the last will says offline', () => {
    const silence = new GatewaySilence()
    silence.heard('g1', at(0), iso(0))
    silence.offline('g1', at(2))
    expect(silence.tick(at(2), two).alarms).toHaveLength(2)
  })

  it('ends when heartbeats return, and raises anew with another id at the next silence', () => {
    const silence = new GatewaySilence()
    silence.heard('g1', at(0), iso(0))
    const [first] = silence.tick(at(30), two).alarms
    silence.heard('g1', at(35), iso(35))
    const [ended] = silence.tick(at(36), two).alarms
    expect(ended).toMatchObject({ id: first!.id, state: 'returned-unacknowledged', endedAt: iso(36), revision: 2 })
    const [second] = silence.tick(at(60), two).alarms
    expect(second!.id).not.toBe(first!.id)
  })

  it('gives each silence an onset of its own where a gateway has no moving clock', () => {
    const silence = new GatewaySilence()
    const ids = new Set<string>()
    for (const round of [0, 100, 200]) {
      silence.heard('g1', at(round), iso(0))
      for (const alarm of silence.tick(at(round + 30), two).alarms) ids.add(alarm.id)
      silence.heard('g1', at(round + 50), iso(0))
      silence.tick(at(round + 51), two)
    }
    expect(ids.size).toBe(6)
  })

  it('gives a gateway that is only remembered one span to show itself', () => {
    const silence = new GatewaySilence()
    silence.expect('g1', at(0), iso(-500))
    expect(silence.tick(at(19), two).alarms).toEqual([])
    expect(silence.tick(at(20), two).alarms[0]).toMatchObject({ at: iso(-500) })
  })

  it('says nothing of a wearer whom another gateway watches, and ends when one takes over', () => {
    const silence = new GatewaySilence()
    silence.heard('g1', at(0), iso(0))
    const w2Elsewhere: Watch = { ...two, elsewhere: (wearer) => wearer === 'w2' }
    expect(silence.tick(at(30), w2Elsewhere).alarms.map(({ wearer }) => wearer)).toEqual(['w1'])
    const allElsewhere: Watch = { ...two, elsewhere: () => true }
    expect(silence.tick(at(31), allElsewhere).alarms).toMatchObject([{ wearer: 'w1', endedAt: iso(31) }])
  })

  it('goes on with an open alarm after a restart instead of raising a second one', () => {
    const before = new GatewaySilence()
    before.heard('g1', at(0), iso(0))
    const [w1, w2] = before.tick(at(30), two).alarms
    const after = new GatewaySilence()
    after.adopt(acknowledgeAlarm(w1!, 'nurse', undefined, at(31)), at(40))
    after.adopt(w2!, at(40))
    expect(after.tick(at(50), two).alarms).toEqual([])
    expect(after.tick(at(70), two)).toEqual({ alarms: [], fellSilent: ['g1'] })
    after.heard('g1', at(80), iso(80))
    expect(after.tick(at(80), two).alarms.map(({ state }) => state)).toEqual(['normal', 'returned-unacknowledged'])
  })

  it('ends the alarms of a gateway that was taken out of service', () => {
    const silence = new GatewaySilence()
    silence.heard('g1', at(0), iso(0))
    silence.tick(at(30), two)
    silence.forget('g1')
    expect(silence.tick(at(31), two).alarms.every(({ endedAt }) => endedAt !== undefined)).toBe(true)
  })

  it('acknowledges once: a second acknowledgement changes nothing', () => {
    const silence = new GatewaySilence()
    silence.heard('g1', at(0), iso(0))
    const [alarm] = silence.tick(at(30), two).alarms
    const acknowledged = acknowledgeAlarm(alarm!, 'nurse', 'went there', at(31))
    expect(acknowledged).toMatchObject({ state: 'active-acknowledged', revision: 2 })
    expect(acknowledgeAlarm(acknowledged, 'other', undefined, at(32))).toBe(acknowledged)
    silence.update(acknowledged)
    silence.heard('g1', at(40), iso(40))
    expect(silence.tick(at(40), two).alarms[0]).toMatchObject({ state: 'normal', revision: 3 })
  })

  it('has an open alarm for a wearer exactly while the gateway is silent, whatever happens in between', () => {
    const step = fc.record({
      seconds: fc.integer({ min: 0, max: 30 }),
      what: fc.constantFrom('heard', 'offline', 'nothing'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const silence = new GatewaySilence()
        const alarms = new Map<string, Alarm>()
        let now = 0
        silence.heard('g1', at(0), iso(0))
        let deadline = 20
        for (const { seconds, what } of steps) {
          now += seconds
          if (what === 'heard') silence.heard('g1', at(now), iso(now))
          if (what === 'offline') silence.offline('g1', at(now))
          if (what !== 'nothing') deadline = what === 'heard' ? now + 20 : Math.min(deadline, now)
          for (const alarm of silence.tick(at(now), two).alarms) {
            expect(alarm.revision).toBe((alarms.get(alarm.id)?.revision ?? 0) + 1)
            alarms.set(alarm.id, alarm)
          }
          const open = [...alarms.values()].filter(({ endedAt }) => endedAt === undefined)
          expect(open).toHaveLength(now >= deadline ? 2 : 0)
        }
      }),
    )
  })
})
