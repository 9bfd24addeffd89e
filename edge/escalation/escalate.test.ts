import { describe, expect, it } from 'vitest'
import { raiseAlarms, wearerAlarms } from '../alarms/machine.ts'
import type { Flow } from '../flow.ts'
import { alarmSchema, requestSchema, schemaVersion } from '../messages.ts'
import type { StateRow } from '../state/keyedState.ts'
import { emitted, epoch, finding, ofKind } from '../testing/run.ts'
import { isoOf } from '../time.ts'
import { escalate, escalationSchema } from './escalate.ts'

const steps = escalationSchema.parse([{ afterSeconds: 60, priorities: ['high'] }, { afterSeconds: 180 }])
const tick = (seconds: number): Flow => ({ kind: 'tick', now: epoch + seconds * 1e6 })
const asked = (seconds: number, request: object): Flow => ({
  kind: 'request',
  request: requestSchema.parse({ schemaVersion, requestId: 'r', by: 'nurse', ...request }),
  at: isoOf(epoch + seconds * 1e6),
  respond: () => undefined,
})

/** A machine with escalation behind it; `told` gives level and second of each alarm that was told with one. */
function setUp() {
  let states = wearerAlarms()
  const rows = new Map<string, StateRow>()
  const run = (...items: Flow[]) =>
    items.flatMap((item) =>
      ofKind(
        emitted(raiseAlarms('gw', states), [item]).flatMap((out) => emitted(escalate(states, steps), [out])),
        'alarm',
      ).map(({ alarm }) => alarm),
    )
  const restart = () => {
    for (const row of states.takeChanged()) rows.set(row.key, row)
    states = wearerAlarms()
    states.restore([...rows.values()])
  }
  const high = (second: number) => run(finding(second, true, { code: 'no-beats', params: { seconds: 4 } }))[0]!
  const levels = (...items: Flow[]) => run(...items).map(({ escalation }) => escalation?.level)
  return { run, restart, high, levels }
}

describe('escalate', () => {
  it('goes a step further each time nobody answers, once each, as revisions', () => {
    const { run, high } = setUp()
    const alarm = high(0)
    const told = run(...[30, 59, 60, 61, 100, 179, 180, 500].map(tick))
    expect(told.map(({ id, revision, escalation }) => [id, revision, escalation?.level])).toEqual([
      [alarm.id, 2, 1],
      [alarm.id, 3, 2],
    ])
    for (const one of told) alarmSchema.parse(one)
  })

  it('stops at an acknowledgement, and begins anew with what is announced after it', () => {
    const { run, high, levels } = setUp()
    const { id } = high(0)
    run(asked(10, { action: 'acknowledge', alarm: id }))
    expect(levels(tick(100), tick(1000))).toEqual([])
    run(finding(1001, true, { code: 'ventricular-run', params: { beats: 5, perMinute: 180 } }))
    expect(levels(tick(1050), tick(1062))).toEqual([1])
  })

  it('waits while the audio is paused, and takes no alarm of a lower priority than a step asks for', () => {
    const { run, high, levels } = setUp()
    high(0)
    run(asked(10, { action: 'pause-audio', wearer: 'w-1', seconds: 120 }))
    expect(levels(tick(70), tick(129))).toEqual([])
    expect(levels(tick(131))).toEqual([1])
    const other = setUp()
    other.run(finding(0, true, { code: 'pause', params: { seconds: 3 } }))
    expect(other.levels(tick(61), tick(179))).toEqual([])
    expect(other.levels(tick(181))).toEqual([2])
  })

  it('goes on where it was after a restart', () => {
    const { restart, high, levels } = setUp()
    high(0)
    expect(levels(tick(60))).toEqual([1])
    restart()
    expect(levels(tick(61), tick(179))).toEqual([])
    expect(levels(tick(180))).toEqual([2])
  })

  it('refuses steps that are not in order', () => {
    expect(escalationSchema.safeParse([{ afterSeconds: 60 }, { afterSeconds: 60 }]).success).toBe(false)
  })
})
