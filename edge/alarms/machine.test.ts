import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { alarmSchema, type Response } from '../messages.ts'
import { emitted, finding, ofKind } from '../testing/run.ts'
import { openAlarms, raiseAlarms, wearerAlarms } from './machine.ts'

const alarmsOf = (items: readonly Flow[], states = wearerAlarms()) =>
  ofKind(emitted(raiseAlarms('gw', states), items), 'alarm').map(({ alarm }) => alarm)
const acknowledge = (alarm: string, respond: (response: Response) => void = () => undefined): Flow => ({
  kind: 'request',
  request: { schemaVersion: 1, requestId: 'r-1', action: 'acknowledge', alarm, by: 'nurse', comment: 'seen' },
  at: '2026-01-01T00:01:00.000Z',
  respond,
})
const low = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    finding(from + i, true, { params: { spo2Percent: 80, limitPercent: 88 } }),
  )
const well = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => finding(from + i, false))

describe('alarm machine', () => {
  it('raises one alarm when a cause has held for its time, at its true onset, and ends it later', () => {
    const alarms = alarmsOf([...well(0, 5), ...low(5, 20), ...well(20, 40)])
    expect(alarms.map(({ state, revision }) => [state, revision])).toEqual([
      ['active-unacknowledged', 1],
      ['returned-unacknowledged', 2],
    ])
    expect(alarms[0]).toMatchObject({ id: 'spo2-low.d-1.7.5000000', at: '2026-01-01T00:00:05.000Z', priority: 'high' })
    expect(alarms[1]).toMatchObject({ endedAt: '2026-01-01T00:00:19.000Z', endedTick: 19_000_000 })
    for (const alarm of alarms) alarmSchema.parse(alarm)
  })

  it('says nothing of a cause that does not hold long enough', () => {
    expect(alarmsOf([...low(0, 8), ...well(8, 10), ...low(10, 18), ...well(18, 40)])).toEqual([])
  })

  it('counts beats: five of twelve raise, one or none of twelve ends', () => {
    const beats = (pattern: string, from = 0) =>
      [...pattern].map((c, i) => finding(from + i, c === 'V', { code: 'ecg-anomaly' }))
    expect(alarmsOf(beats('NVNVNVNVN'))).toEqual([])
    const alarms = alarmsOf(beats('NVNVNVNVNVNNNNNNNNNNNN'))
    expect(alarms.map(({ state }) => state)).toEqual(['active-unacknowledged', 'returned-unacknowledged'])
    expect(alarms[0]).toMatchObject({ params: { anomalousBeats: 5, ofBeats: 12 }, streamTime: { tick: 1_000_000 } })
    expect(alarms[1]).toMatchObject({ endedTick: 19_000_000 })
  })

  it('takes an acknowledgement once, keeps who and why, and returns to normal at the end', () => {
    const states = wearerAlarms()
    const answers: Flow[] = []
    const run = (...items: Flow[]) => {
      const out = emitted(raiseAlarms('gw', states), items)
      answers.push(...ofKind(out, 'answer'))
      return ofKind(out, 'alarm').map(({ alarm }) => alarm)
    }
    const [alarm] = run(...low(0, 10))
    const id = alarm?.id ?? ''
    expect(run(acknowledge(id))).toMatchObject([
      { state: 'active-acknowledged', acknowledged: { by: 'nurse', comment: 'seen' }, revision: 2 },
    ])
    expect(run(acknowledge(id))).toEqual([])
    expect(run(...well(10, 30))).toMatchObject([{ state: 'normal', acknowledged: { by: 'nurse' }, revision: 3 }])
    expect(openAlarms(states)).toEqual([])
    expect(answers).toMatchObject([{ response: { ok: true } }, { response: { ok: true } }])
  })

  it('an acknowledgement after the end brings the alarm to normal', () => {
    const states = wearerAlarms()
    const [alarm] = alarmsOf([...low(0, 10), ...well(10, 30)], states)
    expect(openAlarms(states)).toHaveLength(1)
    expect(alarmsOf([acknowledge(alarm?.id ?? '')], states)).toMatchObject([{ state: 'normal' }])
  })

  it('answers an unknown alarm with what was asked for', () => {
    const out = emitted(raiseAlarms('gw', wearerAlarms()), [acknowledge('nothing')])
    expect(ofKind(out, 'answer')[0]?.response).toMatchObject({
      ok: false,
      error: 'not-found',
      detail: 'no open alarm "nothing" at gateway gw',
    })
  })

  it('takes no name of the language for an alarm', () => {
    const states = wearerAlarms()
    alarmsOf(low(0, 10), states)
    for (const id of ['constructor', '__proto__', 'toString']) {
      const out = emitted(raiseAlarms('gw', states), [acknowledge(id)])
      expect(out.map(({ kind }) => kind)).toEqual(['answer'])
      expect(ofKind(out, 'answer')[0]?.response).toMatchObject({ ok: false, error: 'not-found' })
    }
  })

  it('ends what a device said of a wearer who does not wear it any more', () => {
    const states = wearerAlarms()
    const handover: Flow = { kind: 'handover', device: 'd-1', wearer: 'w-1', at: '2026-01-01T00:00:30.000Z' }
    const alarms = alarmsOf([...low(0, 10), handover], states)
    expect(alarms.at(-1)).toMatchObject({ state: 'returned-unacknowledged', endedAt: '2026-01-01T00:00:30.000Z' })
    expect(alarmsOf(low(50, 60), states)).toMatchObject([
      { streamTime: { tick: 50e6 }, state: 'active-unacknowledged' },
    ])
  })

  it('settles the oldest of more alarms than anybody will answer, and says so', () => {
    const pulls = Array.from({ length: 205 }, (_, i) => [
      finding(i, true, { code: 'lead-off' }),
      finding(i, false, { code: 'lead-off' }),
    ]).flat()
    const states = wearerAlarms()
    const settled = alarmsOf(pulls, states).filter(({ state }) => state === 'normal')
    expect(settled.map(({ streamTime }) => streamTime?.tick)).toEqual([0, 1, 2, 3, 4].map((s) => s * 1e6))
    expect(settled[0]?.acknowledged).toMatchObject({ by: 'gateway' })
    expect(openAlarms(states)).toHaveLength(200)
  })

  it('tells what came late as past event at its own time, and the alarm itself where it goes on until now', () => {
    const states = wearerAlarms()
    let past = true
    const stage = raiseAlarms('gw', states, { isPast: () => past })
    const run = (...items: Flow[]) => ofKind(emitted(stage, items), 'alarm').map(({ alarm }) => alarm)
    const alarms = run(...low(0, 20), ...well(20, 40), ...low(40, 60))
    expect(alarms.map(({ id, state, at }) => [id, state, at])).toEqual([
      ['past-event.spo2-low.d-1.7.0', 'active-unacknowledged', '2026-01-01T00:00:00.000Z'],
      ['past-event.spo2-low.d-1.7.0', 'returned-unacknowledged', '2026-01-01T00:00:00.000Z'],
      ['past-event.spo2-low.d-1.7.40000000', 'active-unacknowledged', '2026-01-01T00:00:40.000Z'],
    ])
    expect(alarms[0]).toMatchObject({ priority: 'medium', params: { pastCode: 'spo2-low' } })
    expect(alarms[0]?.text).toContain('Oxygen saturation 80 %')
    for (const alarm of alarms) alarmSchema.parse(alarm)
    past = false
    expect(run(...low(60, 62)).map(({ id, state }) => [id, state])).toEqual([
      ['past-event.spo2-low.d-1.7.40000000', 'returned-unacknowledged'],
      ['spo2-low.d-1.7.40000000', 'active-unacknowledged'],
    ])
    expect(run(...well(62, 90)).map(({ id, state }) => [id, state])).toEqual([
      ['spo2-low.d-1.7.40000000', 'returned-unacknowledged'],
    ])
  })

  it('tells of the monitoring as ever, however late', () => {
    const stage = raiseAlarms('gw', wearerAlarms(), { isPast: () => true })
    const gap = finding(0, true, { code: 'data-gap', params: { seconds: 2 } })
    expect(ofKind(emitted(stage, [gap]), 'alarm').map(({ alarm }) => alarm.code)).toEqual(['data-gap'])
  })

  it('takes what is about the gateway itself, of no wearer and no device, by the wall clock', () => {
    const states = wearerAlarms()
    const look = (seconds: number, abnormal: boolean) =>
      finding(seconds, abnormal, { code: 'gateway-restarted', about: 'disk', wearer: '', device: '', timing: 'wall' })
    const [alarm] = alarmsOf([look(1.5, true)], states)
    expect(alarmSchema.parse(alarm)).toMatchObject({ id: 'gateway-restarted.disk.gw.1767225601500', devices: [] })
    expect(alarm).not.toHaveProperty('wearer')
    expect(alarm).not.toHaveProperty('streamTime')
    expect(alarmsOf([acknowledge(alarm?.id ?? ''), look(9, false)], states)).toMatchObject([
      { state: 'active-acknowledged' },
      { state: 'normal', endedAt: '2026-01-01T00:00:09.000Z' },
    ])
  })

  it('gives the same alarms when its state goes through disk after every finding', () => {
    const items = [...low(0, 12), acknowledge('spo2-low.d-1.7.0'), ...well(12, 30), ...low(30, 45), ...well(45, 60)]
    let states = wearerAlarms()
    const moved = items.flatMap((item) => {
      const rows = states.takeChanged()
      const next = wearerAlarms()
      if (rows.length > 0) {
        next.restore(rows)
        states = next
      }
      return alarmsOf([item], states)
    })
    expect(moved).toEqual(alarmsOf(items))
    expect(moved).toHaveLength(5)
  })
})
