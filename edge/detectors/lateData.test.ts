import { describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { raiseAlarms, wearerAlarms } from '../alarms/machine.ts'
import type { Flow, Late } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import { motions } from '../stages/motion.ts'
import { emitted, epoch, ofKind, stamp, vital } from '../testing/run.ts'
import { LimitBook } from '../wearerLimits.ts'
import { lateData } from './lateData.ts'
import { vitalLimits } from './vitalLimit.ts'

const late = (second: number, value: number, liveSecond: number, signal: SignalName = 'spo2'): Late => ({
  kind: 'late',
  ...stamp(second),
  signal,
  rateHz: 1,
  values: Float32Array.of(value),
  liveTick: liveSecond * 1e6,
})
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** The alarms that follow, each as it stood last. */
function alarmsOf(items: readonly Flow[], now = () => epoch): Alarm[] {
  const detector = lateData(vitalLimits(new LimitBook([]).of, motions()), now)
  const told = ofKind(emitted(raiseAlarms('gw', wearerAlarms()), emitted(detector.stage, items)), 'alarm')
  return [...new Map(told.map(({ alarm }) => [alarm.id, alarm])).values()]
}

describe('what comes after later data', () => {
  it('is told once as late, from when to when, after ten seconds without more of it', () => {
    const items = [late(30, 97, 60), late(31, 97, 61), vital(65, 'spo2', 97), late(20, 97, 66)]
    expect(alarmsOf([...items, vital(70, 'spo2', 97)])).toEqual([])
    const [alarm, ...more] = alarmsOf([...items, vital(76, 'spo2', 97)])
    expect(more).toEqual([])
    expect(alarm).toMatchObject({ code: 'late-data', type: 'technical', priority: 'low', state: 'normal' })
    expect(alarm?.params).toEqual({
      seconds: 12,
      frames: 3,
      from: '2026-01-01T00:00:20.000Z',
      to: '2026-01-01T00:00:32.000Z',
    })
  })

  it('is told by the wall clock where nothing else comes any more', () => {
    const tick = (second: number): Flow => ({ kind: 'tick', now: epoch + second * 1e6 })
    expect(alarmsOf([late(30, 97, 60), tick(14)])).toEqual([])
    expect(alarmsOf([late(30, 97, 60), tick(16)]).map(({ code }) => code)).toEqual(['late-data'])
  })

  it('that stayed beyond a limit is a past event with its own time, in whatever order it came', () => {
    const fallen = range(30, 45).map((second) => late(second, 80, 100))
    for (const items of [fallen, fallen.toReversed()]) {
      const alarms = alarmsOf([...items, vital(111, 'spo2', 97)])
      expect(alarms.map(({ code, state }) => [code, state])).toEqual([
        ['late-data', 'normal'],
        ['past-event', 'returned-unacknowledged'],
      ])
      const event = alarms[1]
      expect(event).toMatchObject({
        priority: 'medium',
        at: '2026-01-01T00:00:30.000Z',
        endedAt: '2026-01-01T00:00:44.000Z',
      })
      expect(event?.params).toMatchObject({ pastCode: 'spo2-low', spo2Percent: 80 })
      expect(event?.streamTime).toEqual({ device: 'd-1', bootId: 7, tick: 30e6 })
    }
  })

  it('is no past event where it held for a moment, or where nobody knows what was in between', () => {
    const codes = (items: readonly Flow[]) => alarmsOf([...items, vital(111, 'spo2', 97)]).map(({ code }) => code)
    expect(codes(range(30, 36).map((second) => late(second, 80, 100)))).toEqual(['late-data'])
    expect(codes([30, 35, 40, 45, 50].map((second) => late(second, 80, 100)))).toEqual(['late-data'])
    expect(codes(range(30, 45).map((second) => late(second, NaN, 100)))).toEqual(['late-data'])
    expect(codes(range(30, 45).map((second) => late(second, 80, 100, 'ecg')))).toEqual(['late-data'])
  })

  it('leaves alone what is found in what comes now', () => {
    const limits = vitalLimits(new LimitBook([]).of, motions())
    const detector = lateData(limits, () => epoch)
    const items = range(100, 130).flatMap((second) => [
      vital(second, 'spo2', 80),
      late(second - 70, second - 70 < 45 ? 97 : 79, second),
    ])
    const out: Flow[] = []
    for (const item of [...items, ...range(130, 145).map((second) => vital(second, 'spo2', 80))])
      limits.stage(item, (one) => detector.stage(one, (found) => out.push(found)))
    const alarms = ofKind(emitted(raiseAlarms('gw', wearerAlarms()), out), 'alarm').map(({ alarm }) => alarm)
    const last = new Map(alarms.map((alarm) => [alarm.id, alarm]))
    expect([...last.values()].map(({ code, state }) => [code, state])).toEqual([
      ['spo2-low', 'active-unacknowledged'],
      ['late-data', 'normal'],
      ['past-event', 'returned-unacknowledged'],
    ])
  })

  it('is bounded, told in parts, and goes on from its snapshot', () => {
    const items = range(0, 9000).map((second) => late(second, 97, 10_000))
    expect(alarmsOf(items).map(({ params }) => params['frames'])).toEqual([4000, 4000])
    const limits = vitalLimits(new LimitBook([]).of, motions())
    const first = lateData(limits, () => epoch)
    emitted(
      first.stage,
      range(30, 40).map((second) => late(second, 80, 100)),
    )
    const second = lateData(limits, () => epoch)
    for (const state of second.state) state.restore(first.state.flatMap((part) => part.takeChanged()))
    const rest = [...range(40, 50).map((s) => late(s, 80, 100)), vital(111, 'spo2', 97)]
    const whole = [...range(30, 40).map((s) => late(s, 80, 100)), ...rest]
    const found = (out: Flow[]) => ofKind(out, 'finding')
    expect(found(emitted(second.stage, rest))).toEqual(found(emitted(lateData(limits, () => epoch).stage, whole)))
  })
})
