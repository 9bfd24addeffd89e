import { describe, expect, it } from 'vitest'
import { schemaVersion, type Alarm, type Summary } from '../../edge/messages.ts'
import { judge, type Received } from './judge.ts'

const alarm = (tick: number, of: Partial<Alarm> = {}): Alarm => ({
  schemaVersion,
  id: `no-beats.d.1.${tick}`,
  gateway: 'g',
  wearer: 'w',
  devices: ['d'],
  type: 'physiological',
  code: 'no-beats',
  params: { seconds: 4 },
  priority: 'high',
  state: 'returned-unacknowledged',
  at: new Date(tick / 1000).toISOString(),
  streamTime: { device: 'd', bootId: 1, tick },
  text: 'No heartbeat',
  revision: 2,
  ...of,
})
const summary = (second: number, of: Partial<Summary> = {}): Summary => ({
  schemaVersion,
  gateway: 'g',
  wearer: 'w',
  spanSeconds: 1,
  at: new Date(second * 1000).toISOString(),
  means: { heartRate: 60, spo2: 97 },
  assessableSeconds: 1,
  beats: 1,
  anomalousBeats: 0,
  ...of,
})
const truth = { alarms: [alarm(10e6), alarm(90e6)], summaries: [summary(1), summary(2)] }
const everything: Received = {
  stored: truth.alarms,
  told: new Map(truth.alarms.map(({ id, revision }) => [id, revision])),
  summaries: truth.summaries.map((one) => ({ ...one, gateway: 'other', means: { spo2: 97, heartRate: 60 } })),
}
const judged = (received: Partial<Received>) => judge(truth, { ...everything, ...received })

describe('the judgement of a campaign', () => {
  it('finds nothing where everything arrived, once', () => {
    expect(judged({})).toEqual({
      alarms: { raised: 2, lost: 0, duplicated: 0, asPastEvent: 0, asOtherCause: 0, different: 0, besides: {} },
      summaries: { made: 2, lost: 0, different: 0, besides: 0 },
      examples: [],
    })
  })

  it('calls lost what is not stored, what nobody was told, and what was told in an older state only', () => {
    expect(judged({ stored: [alarm(10e6)] }).alarms.lost).toBe(1)
    expect(judged({ told: new Map([[alarm(10e6).id, 2]]) }).alarms.lost).toBe(1)
    const older = new Map(truth.alarms.map(({ id }) => [id, 1]))
    expect(judged({ told: older }).alarms.lost).toBe(2)
  })

  it('calls duplicated a second point of an alarm, the same event under another id, and what nobody raised', () => {
    expect(judged({ stored: [...truth.alarms, alarm(10e6)] }).alarms.duplicated).toBe(1)
    expect(judged({ stored: [...truth.alarms, alarm(12e6)] }).alarms.duplicated).toBe(1)
    expect(judged({ stored: [...truth.alarms, alarm(50e6)] }).alarms.duplicated).toBe(1)
    const technical = alarm(12e6, { code: 'lead-off', type: 'technical', id: 'lead-off.d.1.12000000' })
    const also = judge(
      { ...truth, alarms: [...truth.alarms, { ...technical, id: 'lead-off.d.1.11000000' }] },
      {
        ...everything,
        stored: [...truth.alarms, technical, { ...technical, id: 'lead-off.d.1.11000000' }],
        told: new Map([...everything.told, ['lead-off.d.1.11000000', 2]]),
      },
    )
    expect(also.alarms).toMatchObject({ duplicated: 1, lost: 0 })
  })

  it('counts apart what was told as past, what reads otherwise, and what is about the monitoring itself', () => {
    const { streamTime } = alarm(10e6)
    const past = alarm(10e6, { id: 'p', code: 'past-event', params: { pastCode: 'no-beats' }, streamTime })
    const outage: Alarm = { ...alarm(0), id: 'o', code: 'destination-unreachable', type: 'technical', devices: [] }
    delete outage.wearer
    const { alarms } = judged({ stored: [past, alarm(90e6, { text: 'other' }), outage] })
    expect(alarms).toMatchObject({ lost: 0, duplicated: 0, asPastEvent: 1, different: 1 })
    expect(alarms.besides).toEqual({ 'past-event': 1, 'destination-unreachable': 1 })
  })

  it('calls no duplicate what is a further cause of an alarm that came late, and one of an alarm that did not', () => {
    const { streamTime } = alarm(12e6)
    const cause = { code: 'pause' as const, params: {}, priority: 'medium' as const, at: alarm(12e6).at, streamTime }
    const first = alarm(10e6, { causes: [{ ...cause, code: 'no-beats' }, cause] })
    const past = alarm(10e6, { id: 'p', code: 'past-event', params: { pastCode: 'no-beats' } })
    const other = alarm(12e6, { id: 'pause.d.1.12000000', code: 'pause', priority: 'medium' })
    const received = (stored: Alarm[]): Received => ({ ...everything, stored, told: new Map([[first.id, 2]]) })
    const both = { alarms: [first], summaries: truth.summaries }
    expect(judge(both, received([past, other])).alarms).toMatchObject({
      asPastEvent: 1,
      asOtherCause: 1,
      duplicated: 0,
    })
    expect(judge(both, received([first, other])).alarms).toMatchObject({ asOtherCause: 0, duplicated: 1 })
  })

  it('finds summaries that are missing, that say something else, and that nobody made', () => {
    const summaries = [summary(1, { beats: 2 }), summary(3)]
    expect(judged({ summaries }).summaries).toEqual({ made: 2, lost: 1, different: 1, besides: 1 })
  })
})
