import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow, Vital } from '../flow.ts'
import { emitted, ofKind, stamp } from '../testing/run.ts'
import { isTheOne, preferOne, speakerStates, type OneDevice } from './preferred.ts'

const said = (device: string, seconds: number, from: Vital['from'] = 'device', signal: Vital['signal'] = 'heartRate') =>
  ({ kind: 'vital', ...stamp(seconds, { device }), signal, value: seconds, from }) satisfies Flow
const heard = (items: readonly Flow[], states = speakerStates()) =>
  ofKind(emitted(preferOne(states), items), 'vital').map(({ spare }) => spare === undefined)

describe('one of several devices', () => {
  it('is the one with an ECG, before what a device says, before a PPG', () => {
    expect(heard([said('wrist', 0, 'waveform'), said('clip', 1), said('chest', 2, 'ecg')])).toEqual([true, true, true])
    expect(heard([said('chest', 0, 'ecg'), said('clip', 1), said('wrist', 2, 'waveform')])).toEqual([
      true,
      false,
      false,
    ])
  })

  it('is the first by name of equal ones, whichever came first', () => {
    expect(heard([said('b', 0), said('a', 0), said('b', 1), said('a', 1)])).toEqual([true, true, false, true])
  })

  it('gives way after ten seconds of silence, and speaks again at once', () => {
    const items = [said('chest', 0, 'ecg'), said('wrist', 10), said('wrist', 10.5), said('chest', 11, 'ecg')]
    expect(heard([...items, said('wrist', 12)])).toEqual([true, false, true, true, false])
  })

  /** Both say a value a second from 0 to 120 s by their own clocks; the second device's is ahead by so much. */
  const beside = (ahead: number, isThere: (device: 'a' | 'b', second: number) => boolean = () => true): Flow[] =>
    Array.from({ length: 120 }, (_, second) => [
      ...(isThere('a', second) ? [said('a', second)] : []),
      ...(isThere('b', second) ? [said('b', second + ahead)] : []),
    ]).flat()
  const speakersOf = (items: readonly Flow[]) => {
    const out = ofKind(emitted(preferOne(speakerStates()), items), 'vital').filter(({ spare }) => spare === undefined)
    return out.map(({ device }) => device)
  }

  it('does not change again and again because a clock is behind or ahead', () => {
    for (const ahead of [-3600, -30, -11, -5, 0, 5, 11, 30, 3600]) {
      const speakers = speakersOf(beside(ahead))
      // Once it may seem silent: that its clock differs shows when both have been heard in turn.
      expect(speakers.filter((device) => device === 'b').length).toBeLessThanOrEqual(1)
      expect(speakers.filter((device) => device === 'a')).toHaveLength(120)
    }
  })

  it('is heard after ten seconds of another’s silence, however far the clocks are apart', () => {
    for (const ahead of [-3600, -30, 0, 30, 3600]) {
      const items = beside(ahead, (device, second) => device === 'b' || second < 60 || second >= 100)
      const speakers = speakersOf(items)
      const heardInstead = speakers.slice(60).filter((device) => device === 'b').length
      expect(heardInstead).toBeGreaterThanOrEqual(28)
      expect(heardInstead).toBeLessThanOrEqual(31)
      expect(speakers.slice(-20)).toEqual(Array.from({ length: 20 }, () => 'a'))
    }
  })

  it('does not change in turn where both measure rarely', () => {
    const rare = Array.from({ length: 20 }, (_, i) => said(i % 2 === 0 ? 'b' : 'a', i * 30, 'device', 'temperature'))
    expect(speakersOf(rare).slice(4)).toEqual(Array.from({ length: 8 }, () => 'a'))
  })

  it('is chosen for each vital sign by itself, and for each wearer', () => {
    const other: Flow = { ...said('z', 1), wearer: 'w-2' }
    const items = [said('chest', 0, 'ecg'), said('wrist', 0, 'device', 'spo2'), other]
    expect(heard(items)).toEqual([true, true, true])
  })

  it('is not waited for once it belongs to somebody else, or its time begins anew', () => {
    const gone: Flow = { kind: 'handover', device: 'chest', wearer: 'w-1', at: '2026-01-01T00:00:00.000Z' }
    expect(heard([said('chest', 0, 'ecg'), gone, said('wrist', 1)])).toEqual([true, true])
    const anew: Flow = { kind: 'restart', ...stamp(1, { device: 'chest' }) }
    expect(heard([said('chest', 0, 'ecg'), anew, said('wrist', 1)])).toEqual([true, true])
  })

  it('says what it said while it was alone, whatever one device says of itself', () => {
    const from = fc.constantFrom<Vital['from'][]>('device', 'ecg', 'waveform')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), from)), (values) => {
        expect(heard(values.map(([at, how]) => said('d-1', at, how)))).toEqual(values.map(() => true))
      }),
    )
  })

  it('is the same after every snapshot and restore', () => {
    const device = fc.constantFrom('a', 'b', 'c')
    const from = fc.constantFrom<Vital['from'][]>('device', 'ecg', 'waveform')
    fc.assert(
      fc.property(fc.array(fc.tuple(device, fc.integer({ min: 0, max: 40 }), from)), (values) => {
        const items = values.map(([name, at, how]) => said(name, at, how))
        let states = speakerStates()
        const moved = items.flatMap((item) => {
          const next = speakerStates()
          const rows = states.rowOf('w-1')
          if (rows !== undefined) next.restore([rows])
          states = next
          return heard([item], states)
        })
        expect(moved).toEqual(heard(items))
      }),
    )
  })
})

describe('the one device that tells what cannot be mixed', () => {
  /** Who is heard; both say something each second, the second device's clock is ahead by so much. */
  const ones = (ahead: number, until: number): string[] => {
    let one: OneDevice | undefined
    return Array.from({ length: 60 }, (_, s) => [...(s < until ? [said('a', s)] : []), said('b', s + ahead)])
      .flat()
      .flatMap((item) => {
        if (!isTheOne(one, item)) return []
        one = { device: item.device, at: item.sampledAt }
        return [item.device]
      })
  }

  it('stays the same, however far the clocks are apart, and gives way when it is silent', () => {
    for (const ahead of [-3600, -30, 0, 30, 3600]) {
      expect(new Set(ones(ahead, 60))).toEqual(new Set(['a']))
      expect(ones(ahead, 30).filter((device) => device === 'b')).toHaveLength(20)
    }
  })
})
