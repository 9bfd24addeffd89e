import { describe, expect, it } from 'vitest'
import { Subject } from 'rxjs'
import { raiseAlarms, wearerAlarms } from '../alarms/machine.ts'
import { through, type Flow } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import { watchOutages, type Connection } from './outages.ts'

const wall = Date.UTC(2026, 0, 1) * 1000

/** A watch and the alarm machine, at seconds since the start. */
function watched(states = wearerAlarms()) {
  let at = 0
  const look = watchOutages(() => at * 1000)
  const findings = new Subject<Flow>()
  const told: Alarm[] = []
  findings
    .pipe(through('alarms', raiseAlarms('g', states)))
    .subscribe((item) => item.kind === 'alarm' && told.push(item.alarm))
  return {
    states,
    told,
    /** @param wallSeconds what the wall clock says, where it was set */
    at: (seconds: number, connection: Partial<Connection>, wallSeconds = seconds): string[] => {
      at = seconds
      const one = { code: 'destination-unreachable', name: 'influx', ...connection } as const
      for (const finding of look([one], wall + wallSeconds * 1e6)) findings.next(finding)
      return told.map(({ code, state }) => `${code} ${state}`)
    },
  }
}
const [on, off] = ['destination-unreachable active-unacknowledged', 'destination-unreachable normal']

describe('outages', () => {
  it('are told after five seconds, from when they began, and are over when there is an answer', () => {
    const { at, told } = watched()
    at(1, { answers: true })
    at(10, { answers: false, error: 'refused' })
    expect(at(14, { answers: false, error: 'refused' })).toEqual([])
    expect(at(15, { answers: false, error: 'refused' })).toEqual([on])
    expect(told[0]).toMatchObject({
      id: `destination-unreachable.influx.g.${wall / 1000 + 10_000}`,
      at: '2026-01-01T00:00:10.000Z',
      type: 'technical',
      devices: [],
      text: 'influx confirms nothing that is sent to it (refused): it waits in the gateway',
    })
    expect(told[0]).not.toHaveProperty('wearer')
    expect(at(30, { answers: false, error: 'timed out' })).toEqual([on])
    expect(at(31, { answers: true })).toEqual([on, off])
  })

  it('that last a moment are not told, however often', () => {
    const { at, told } = watched()
    for (let second = 0; second < 60; second += 1) at(second, { answers: second % 5 === 0 })
    expect(told).toEqual([])
  })

  it('count from when the destination was first tried, if that is known, whatever the wall clock says', () => {
    const { at, told } = watched()
    at(20, { answers: false, unansweredMillis: 4000 }, 20)
    expect(told).toEqual([])
    expect(at(21, { answers: false, unansweredMillis: 5000 }, 3600)).toEqual([on])
    expect(told[0]?.at).toBe('2026-01-01T00:59:55.000Z')
  })

  it('go on over a restart until somebody has tried, and are one alarm', () => {
    const before = watched()
    before.at(0, { answers: false })
    expect(before.at(6, { answers: false })).toEqual([on])
    const after = watched(before.states)
    expect(after.at(0, {})).toEqual([])
    after.at(1, { answers: false })
    expect(after.at(9, { answers: false })).toEqual([])
    expect(after.at(10, { answers: true })).toEqual([off])
    expect(after.told[0]?.id).toBe(before.told[0]?.id)
  })

  it('of the data file are told at the first look', () => {
    const { at } = watched()
    const disk = { code: 'data-file-unwritable', name: 'data-file' } as const
    expect(at(0, { ...disk, answers: false, error: 'disk full' })).toEqual([
      'data-file-unwritable active-unacknowledged',
    ])
  })
})
