import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import { emitted, epoch, finding, ofKind } from '../testing/run.ts'
import { isoOf } from '../time.ts'
import { raiseAlarms, wearerAlarms } from './machine.ts'
import { countAlarms, rateOf, rateStates } from './rates.ts'

const minute = (index: number, assessableSeconds: number): Flow => ({
  kind: 'summary',
  summary: {
    schemaVersion: 1,
    gateway: 'gw',
    wearer: 'w-1',
    spanSeconds: 60,
    at: isoOf(epoch + index * 60e6),
    means: {},
    assessableSeconds,
    beats: 0,
    anomalousBeats: 0,
  },
})
const announcedAt = (index: number, alarm: Partial<Alarm> = {}): Flow => ({
  kind: 'alarm',
  alarm: {
    schemaVersion: 1,
    id: `a-${index}`,
    gateway: 'gw',
    wearer: 'w-1',
    devices: ['d-1'],
    type: 'physiological',
    code: 'spo2-low',
    params: {},
    priority: 'high',
    state: 'active-unacknowledged',
    at: isoOf(epoch + index * 60e6),
    announced: { at: isoOf(epoch + index * 60e6), revision: 1 },
    text: '',
    revision: 1,
    ...alarm,
  },
})

describe('alarms a wearer-day', () => {
  it('are counted beside coverage, of the time since the first minute', () => {
    const states = rateStates()
    emitted(countAlarms(states), [minute(0, 60), announcedAt(0), minute(1, 30), minute(9, 60)])
    expect(rateOf(states.peek('w-1'))).toEqual({ hours: 1 / 6, coverage: 150 / 600, physiological: 1, technical: 0 })
    expect(rateOf(states.peek('w-2'))).toBeUndefined()
  })

  it('count what the machine announces once, however often it changes, and nothing of the gateway', () => {
    const states = rateStates()
    const alarms = emitted(raiseAlarms('gw', wearerAlarms()), [
      finding(0, true, { code: 'no-beats' }),
      // A further cause of the same alarm, which is announced again.
      finding(2, true, { code: 'pause' }),
      finding(4, false, { code: 'no-beats' }),
      finding(5, true, { code: 'lead-off' }),
      finding(6, true, { code: 'outbox-full', wearer: '', device: '', timing: 'wall' }),
    ])
    expect(ofKind(alarms, 'alarm').length).toBeGreaterThan(3)
    emitted(countAlarms(states), [minute(0, 60), ...alarms])
    expect(rateOf(states.peek('w-1'))).toMatchObject({ physiological: 1, technical: 1 })
    expect([...states.entries()].map(([wearer]) => wearer)).toEqual(['w-1'])
  })

  it('a minute that is written over counts as it was written last', () => {
    const states = rateStates()
    emitted(countAlarms(states), [minute(0, 60), minute(1, 20), minute(1, 50)])
    expect(rateOf(states.peek('w-1'))).toMatchObject({ coverage: 110 / 120 })
  })

  it('forget what is older than a day, and stay small', () => {
    const states = rateStates()
    const stage = countAlarms(states)
    for (let hour = 0; hour < 100; hour += 1)
      emitted(stage, [announcedAt(hour * 60), ...Array.from({ length: 60 }, (_, i) => minute(hour * 60 + i, 30))])
    expect(rateOf(states.peek('w-1'))).toEqual({ hours: 24, coverage: 0.5, physiological: 24, technical: 0 })
    expect(JSON.stringify(states.peek('w-1')).length).toBeLessThan(4000)
  })

  it('survive a restart', () => {
    const before = rateStates()
    emitted(countAlarms(before), [minute(0, 60), announcedAt(0)])
    const after = rateStates()
    after.restore(before.takeChanged())
    emitted(countAlarms(after), [announcedAt(0), minute(1, 60)])
    expect(rateOf(after.peek('w-1'))).toEqual({ hours: 2 / 60, coverage: 1, physiological: 1, technical: 0 })
  })
})
