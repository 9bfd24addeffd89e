import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow, Vital } from '../flow.ts'
import { emitted, ofKind, stamp } from '../testing/run.ts'
import { preferOne, speakerStates } from './preferred.ts'

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
