import { describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { raiseAlarms, wearerAlarms } from '../alarms/machine.ts'
import { alarmText } from '../alarms/text.ts'
import { earlyWarningOf, observedStates } from '../earlyWarning/observed.ts'
import type { Flow } from '../flow.ts'
import { requestSchema, schemaVersion, type Response } from '../messages.ts'
import { motions } from '../stages/motion.ts'
import { emitted, epoch, looks, ofKind, stamp } from '../testing/run.ts'
import { isoOf } from '../time.ts'
import { earlyWarning } from './earlyWarning.ts'

const setUp = (laterSeconds = 0) => {
  const [states, motion, answers] = [observedStates(), motions(), [] as Response[]]
  const { stage } = earlyWarning(states, motion, () => laterSeconds * 1e6)
  const observe = (seconds: number, what: object): void => {
    const base = { schemaVersion, requestId: 'r-1', action: 'observe', wearer: 'w-1', by: 'nurse' }
    const request = requestSchema.parse({ ...base, ...what })
    const at = isoOf(epoch + seconds * 1e6)
    const out = emitted(stage, [{ kind: 'request', request, at, respond: (response) => answers.push(response) }])
    expect(out).toMatchObject([{ kind: 'answer', response: { ok: true, requestId: 'r-1' } }])
  }
  const measure = (seconds: number, values: Partial<Record<SignalName, number>>, device = 'd-1'): Flow[] =>
    emitted(
      stage,
      Object.entries(values).map(([signal, value]) => ({
        kind: 'vital' as const,
        ...stamp(seconds, { device }),
        signal: signal as SignalName,
        value,
        from: 'device' as const,
      })),
    )
  const score = (seconds: number) => earlyWarningOf(states.peek('w-1'), epoch + seconds * 1e6)
  return { states, motion, observe, measure, score }
}
const well = { respirationRate: 16, spo2: 97, heartRate: 70, bloodPressureSystolic: 120, temperature: 37 }
const entered = { ageYears: 60, consciousness: 'A', breathes: 'air' }

describe('early warning', () => {
  it('has a total once all seven inputs are there', () => {
    const { observe, measure, score } = setUp()
    observe(0, entered)
    measure(10, well)
    expect(score(10)).toMatchObject({ total: 0, missing: [], spo2Scale: 1 })
  })

  it('is partial without what a person enters, or what nobody measures: at least so much, the missing named', () => {
    const { observe, measure, score } = setUp()
    observe(0, { ageYears: 60 })
    measure(10, { heartRate: 120, spo2: 90 })
    const now = score(10)
    expect(now).toMatchObject({
      atLeast: 5,
      missing: ['respirationRate', 'breathes', 'systolic', 'consciousness', 'temperature'],
      threes: ['spo2'],
    })
    expect(now).not.toHaveProperty('total')
  })

  it('does not take skin temperature for temperature', () => {
    const { observe, measure, score } = setUp()
    observe(0, entered)
    const { temperature, ...others } = well
    measure(10, { ...others, skinTemperature: temperature })
    expect(score(10)).toMatchObject({ missing: ['temperature'] })
  })

  it('lets inputs grow old: vital signs after five minutes, what is taken now and then after four hours', () => {
    const { observe, measure, score } = setUp()
    observe(0, entered)
    measure(0, well)
    expect(score(300)).toMatchObject({ total: 0 })
    expect(score(301)).toMatchObject({ missing: ['respirationRate', 'spo2', 'pulse'] })
    expect(score(4 * 3600)).toMatchObject({ missing: ['respirationRate', 'spo2', 'pulse'] })
    expect(score(4 * 3600 + 1)).toMatchObject({ atLeast: 0, points: {} })
  })

  it('does not keep fresh what is dated ahead', () => {
    const { observe, score } = setUp()
    observe(0, { ...entered, at: isoOf(epoch + 86_400e6) })
    expect(score(5 * 3600)).toMatchObject({ points: {} })
  })

  it('is not given for an unknown age, a child, or in pregnancy, and says why; nor is there an alarm', () => {
    for (const [about, why] of [
      [{}, 'age is unknown'],
      [{ ageYears: 15 }, 'younger than 16'],
      [{ ageYears: 30, pregnant: true }, 'pregnancy'],
    ] as const) {
      const { observe, measure, score } = setUp()
      observe(0, about)
      expect(ofKind(measure(10, { ...well, spo2: 80, heartRate: 150 }), 'finding')).toEqual([])
      expect(score(10)).toMatchObject({ notGivenBecause: expect.stringContaining(why) as string })
    }
    const { observe, measure, score } = setUp()
    observe(0, { ageYears: 16 })
    measure(10, well)
    expect(score(10)).toMatchObject({ atLeast: 0 })
  })

  it('takes scale 2 only with who has prescribed it', () => {
    const { observe, measure, score } = setUp()
    const base = { schemaVersion, requestId: 'r', action: 'observe', wearer: 'w-1', by: 'nurse', spo2Scale: 2 }
    expect(requestSchema.safeParse(base).success).toBe(false)
    observe(0, { ...entered, spo2Scale: 2, prescribedBy: 'Dr. A' })
    measure(10, { ...well, spo2: 89 })
    expect(score(10)).toMatchObject({ total: 0, spo2Scale: 2 })
    observe(11, { spo2Scale: 1 })
    expect(score(11)).toMatchObject({ total: 3 })
  })

  it('raises one alarm each for 7, 5 and a single 3, as the RCP escalates, partial scores included', () => {
    const { observe, measure } = setUp()
    observe(0, { ageYears: 60 })
    const out = [...measure(0, { spo2: 91 }), ...measure(40, { heartRate: 111 }), ...measure(80, { temperature: 39.1 })]
    expect(looks(out, 'early-warning-single')).toEqual([true, true, true])
    expect(looks(out, 'early-warning')).toEqual([false, true, true])
    expect(looks(out, 'early-warning-high')).toEqual([false, false, true])
    const last = ofKind(out, 'finding').at(-1)!
    expect(alarmText({ code: 'early-warning', params: last.params!, devices: [] })).toContain('partial, at least 7')
  })

  it('dates a person’s entries by the gateway’s clock, wherever the first estimate of a device’s time lies', () => {
    for (const later of [-86_400, 30 * 86_400]) {
      const { observe, measure, score } = setUp(later)
      observe(later, entered)
      measure(10, well)
      expect(score(later + 10)).toMatchObject({ total: 0, missing: [] })
      measure(4 * 3600 + 60, well)
      expect(score(later + 4 * 3600 + 60)).toMatchObject({ missing: ['breathes', 'consciousness'] })
    }
  })

  it('takes the median of a minute, not the value of a second', () => {
    const { observe, measure, score } = setUp()
    observe(0, entered)
    for (const second of [0, 1, 2, 3, 4]) measure(second, well)
    measure(5, { spo2: 80 })
    expect(score(5)).toMatchObject({ total: 0 })
  })

  it('does not take pulse and breathing while the wearer moves', () => {
    const { motion, observe, measure, score } = setUp()
    motion.devices.of('d-1').recent = Array.from({ length: 20 }, (_, i) => ({ second: 45 + i, movement: 0.5 }))
    observe(0, entered)
    measure(60, { ...well, heartRate: 140, respirationRate: 30 })
    expect(score(60)).toMatchObject({ missing: ['respirationRate', 'pulse'] })
  })

  it('speaks with the stream time of one device of several', () => {
    const { observe, measure } = setUp()
    observe(0, entered)
    const out = [
      ...measure(0, { heartRate: 70 }),
      ...measure(40, { spo2: 80 }, 'd-2'),
      ...measure(41, { heartRate: 70 }),
    ]
    expect(new Set(ofKind(out, 'finding').map(({ device }) => device))).toEqual(new Set(['d-1']))
    expect(looks(out, 'early-warning-single')).toEqual([false, true])
  })

  describe('when the device that gave its values falls silent', () => {
    const lowFrom = (from: number, to: number, device: string, spo2: number) => ({ from, to, device, spo2 })
    /** One alarm's states in turn, of SpO2 once a second by one device after the other. */
    const told = (...stretches: ReturnType<typeof lowFrom>[]) => {
      const { observe, measure } = setUp()
      observe(0, entered)
      const findings = stretches.flatMap(({ from, to, device, spo2 }) =>
        Array.from({ length: to - from }, (_, i) => measure(from + i, { spo2 }, device)).flat(),
      )
      return ofKind(emitted(raiseAlarms('gw', wearerAlarms()), findings), 'alarm').map(({ alarm }) => alarm)
    }

    it('goes on at another’s after ten seconds, and is one alarm', () => {
      const alarms = told(lowFrom(0, 70, 'd-1', 80), lowFrom(70, 600, 'd-2', 80))
      expect(new Set(alarms.map(({ id }) => id)).size).toBe(1)
      const last = alarms.at(-1)!
      expect([last.state, last.devices]).toEqual(['active-unacknowledged', ['d-1', 'd-2']])
    })

    it('is over as it would be at the first: five minutes after it was last seen', () => {
      const alarms = told(lowFrom(0, 70, 'd-1', 80), lowFrom(70, 600, 'd-2', 97))
      expect(alarms.map(({ state }) => state)).toEqual(['active-unacknowledged', 'returned-unacknowledged'])
      expect(alarms[1]).toMatchObject({ endedAt: isoOf(epoch + 60e6) })
    })

    it('does not change devices that measure now and then in turn', () => {
      const { observe, measure } = setUp()
      observe(0, entered)
      const out = Array.from({ length: 40 }, (_, i) => [
        ...measure(30 * i, { heartRate: 70, spo2: 97, temperature: 37 }),
        ...measure(30 * i + 15, { respirationRate: 16 }, 'd-2'),
      ]).flat()
      expect(new Set(ofKind(out, 'finding').map(({ device }) => device))).toEqual(new Set(['d-1']))
    })
  })
})
