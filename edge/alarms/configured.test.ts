import { describe, expect, it } from 'vitest'
import { describeIssues } from '../configFile.ts'
import { alarmSchema } from '../messages.ts'
import { emitted, epoch, finding, ofKind } from '../testing/run.ts'
import { alarmSettingsSchema, configuredTable, type AlarmSettings } from './configured.ts'
import { openAlarms, raiseAlarms, wearerAlarms } from './machine.ts'
import { alarmTable } from './table.ts'

const complaints = (settings: object): string[] => {
  const { error } = alarmSettingsSchema.safeParse(settings)
  return error === undefined ? [] : describeIssues(error.issues, settings)
}
const riskAcceptedBy = 'Dr. A'
const outOfService = { by: 'Ward 3', why: 'not wanted' }

describe('settings of alarms', () => {
  it.each([
    [{ 'ecg-anomaly': { nOfM: { n: 6, of: 12, overAt: 1 }, priority: 'high' } }],
    [{ 'spo2-low': { onsetSeconds: 8, offSeconds: 60 } }],
    [{ 'spo2-low': { onsetSeconds: 30, riskAcceptedBy } }],
    [{ 'heart-rate-low': { onsetSeconds: 600, priority: 'low' } }],
    [{ 'no-beats': { priority: 'medium', riskAcceptedBy } }],
    [{ convulsion: { outOfService, riskAcceptedBy } }],
    [{ 'device-off': { outOfService }, 'lead-off': { latching: false } }],
  ])('may be %j', (settings) => {
    expect(complaints(settings)).toEqual([])
  })

  it.each([
    [{ 'spo2-lo': {} }, /spo2-lo/],
    [{ fall: { onsetSeconds: 5 } }, /fall\.onsetSeconds: expected nothing, as this alarm does not wait .*, received 5/],
    [
      { 'spo2-low': { nOfM: { n: 1, of: 2, overAt: 0 } } },
      /spo2-low\.nOfM: expected nothing, as this alarm does not count/,
    ],
    [{ 'ecg-anomaly': { nOfM: { n: 3, of: 12, overAt: 3 } } }, /overAt < n/],
    [{ 'spo2-low': { onsetSeconds: 30 } }, /spo2-low\.riskAcceptedBy: expected who answers for it/],
    [{ 'spo2-low': { onsetSeconds: 61, riskAcceptedBy } }, /spo2-low\.onsetSeconds: expected <= 60/],
    [{ 'no-beats': { priority: 'medium' } }, /no-beats\.riskAcceptedBy/],
    [{ 'no-beats': { priority: 'low', riskAcceptedBy } }, /no-beats\.priority: expected high or medium/],
    [{ fibrillation: { outOfService, riskAcceptedBy } }, /fibrillation\.outOfService: expected nothing/],
    [{ convulsion: { latching: false } }, /convulsion\.riskAcceptedBy/],
    [{ 'gateway-silent': { priority: 'low' } }, /gateway-silent: expected an alarm that gateways raise/],
  ])('may not be %j', (settings, complaint) => {
    expect(complaints(settings).join('\n')).toMatch(complaint)
  })

  it('change nothing that they do not name', () => {
    expect(configuredTable({})).toEqual(alarmTable)
    const { 'spo2-low': row, ...others } = configuredTable({ 'spo2-low': { offSeconds: 60 } })
    const { 'spo2-low': usual, ...usualOthers } = alarmTable
    expect(others).toEqual(usualOthers)
    expect(row).toEqual({ ...usual, rule: { kind: 'hold', onSeconds: 8, offSeconds: 60 } })
  })
})

describe('alarms by settings', () => {
  const states = wearerAlarms()
  const alarmsOf = (settings: AlarmSettings, ...items: Parameters<typeof emitted>[1][number][]) =>
    ofKind(emitted(raiseAlarms('gw', states, { table: configuredTable(settings) }), items), 'alarm').map(({ alarm }) =>
      alarmSchema.parse(alarm),
    )
  const low = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => finding(from + i, true))
  const well = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => finding(from + i, false))

  it('wait as long as they say, and stand as long', () => {
    const settings = { 'spo2-low': { onsetSeconds: 20, offSeconds: 30, priority: 'medium', riskAcceptedBy } } as const
    expect(alarmsOf(settings, ...low(0, 20))).toEqual([])
    expect(alarmsOf(settings, ...low(20, 21))).toMatchObject([{ priority: 'medium', at: '2026-01-01T00:00:00.000Z' }])
    expect(alarmsOf(settings, ...well(21, 50))).toEqual([])
    expect(alarmsOf(settings, ...well(50, 51))).toMatchObject([{ state: 'returned-unacknowledged' }])
  })

  it('out of service: kept, never announced, hiding nothing; in service again with the next configuration', () => {
    const settings = { 'off-body': { outOfService } } as const
    const off = finding(100, true, { code: 'off-body' })
    expect(alarmsOf(settings, off)).toMatchObject([{ state: 'out-of-service', outOfService }])
    const [hot] = alarmsOf(settings, finding(101, true, { code: 'temperature-high' }))
    expect(hot).toMatchObject({ state: 'active-unacknowledged', announced: { revision: 1 } })
    // The next start, without the setting.
    const back = alarmsOf({}, { kind: 'tick', now: epoch + 110e6 }, { kind: 'tick', now: epoch + 111e6 })
    expect(back).toMatchObject([{ code: 'off-body', state: 'active-unacknowledged', announced: { revision: 2 } }])
    expect(openAlarms(states).map(({ code, state }) => [code, state])).toContainEqual([
      'off-body',
      'active-unacknowledged',
    ])
  })
})
