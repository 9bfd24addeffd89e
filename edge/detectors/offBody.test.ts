import { describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { syntheticBody } from '../../simulators/synthetic/syntheticBody.ts'
import type { Flow, Stage } from '../flow.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { motions, senseMotion } from '../stages/motion.ts'
import { emitted, event, ofKind, samples, stamp } from '../testing/run.ts'
import { offBody } from './offBody.ts'

const watch: SignalName[] = ['accX', 'accY', 'accZ', 'heartRate', 'skinTemperature']
const table: SimulatedEvent = {
  kind: 'off-body',
  atSeconds: 100,
  durationSeconds: 300,
  reportsPerMinute: 72,
  tells: false,
}

/** What a simulated wearer's device says, second by second. */
function worn(seed: number, seconds: number, events: SimulatedEvent[], signals = watch): Flow[] {
  const body = syntheticBody(seed, events, { signals })
  return Array.from({ length: seconds }, (_, second) =>
    body(second).map(({ signal, rateHz, values }): Flow => {
      if (rateHz > 1) return samples(second, signal, values, rateHz)
      return { kind: 'vital', ...stamp(second), signal, value: values[0]!, from: 'device' }
    }),
  ).flat()
}

/** The stages before the beats. */
function chain() {
  const contact = contacts()
  const motion = motions()
  const detector = offBody(contact)
  const stages: Stage[] = [keepContact(contact), senseMotion(motion), detector.stage]
  const states = [contact, motion.devices, motion.wearers, ...detector.state]
  const run = (items: readonly Flow[]) => stages.reduce((passed, stage) => emitted(stage, passed), [...items])
  return { contact, states, run }
}

const found = (out: readonly Flow[]) =>
  ofKind(out, 'finding').map(({ code, abnormal, tick }) => [code, abnormal, Math.round(tick / 1e6)])

describe('off body', () => {
  it('is a device that lies still and cools, within 2 min, from when it lay there; and worn again ends it', () => {
    for (const seed of [1, 2, 3]) {
      const { run, contact } = chain()
      const items = worn(seed, 460, [table])
      const before = run(items.filter((item) => 'tick' in item && item.tick < 220e6))
      expect(found(before)).toEqual([['off-body', true, 100]])
      expect(contact.peek('d-1')).toMatchObject({ off: 'off-body', inferred: true })
      const [after] = [run(items.filter((item) => 'tick' in item && item.tick >= 220e6))]
      expect(found(after)).toHaveLength(1)
      const [, , end] = found(after)[0]!
      expect(end).toBeGreaterThanOrEqual(400)
      expect(end).toBeLessThan(440)
      expect(contact.peek('d-1')?.off).toBeUndefined()
    }
  })

  it('takes nothing that the device says from then on for the wearer’s, and says that it is not assessable', () => {
    const { run } = chain()
    const out = run(worn(1, 400, [table]))
    const off = ofKind(out, 'verdict')
    expect(off.length).toBeGreaterThan(200)
    expect(off.every((verdict) => verdict.verdict === 'not-assessable' && verdict.reason === 'off-body')).toBe(true)
    expect(off[0]!.signals.toSorted()).toEqual(watch.toSorted())
    expect(ofKind(out, 'vital').filter(({ tick }) => tick > off[0]!.tick + 1e6)).toEqual([])
    expect(ofKind(out, 'vital').filter(({ tick }) => tick < off[0]!.tick)).not.toEqual([])
  })

  it('without a thermometer is a steady reading on a dead still device', () => {
    const signals = watch.slice(0, 4)
    const out = chain().run(worn(1, 300, [table], signals))
    expect(found(out)).toEqual([['off-body', true, 100]])
    const verdicts = ofKind(out, 'verdict')
    expect(verdicts[0]!.tick).toBeLessThan(220e6)
    // Without a reading there is nothing to be mistaken for the wearer's.
    expect(found(chain().run(worn(1, 300, [table], watch.slice(0, 3))))).toEqual([])
  })

  it('is not stillness with a warm thermometer, however steady the reading', () => {
    const items = worn(1, 300, [table]).map((item): Flow =>
      item.kind === 'vital' && item.signal === 'skinTemperature' ? { ...item, value: 33 } : item,
    )
    expect(found(chain().run(items))).toEqual([])
  })

  it('is not a steady reading on a device that moves a little, nor a cooling one', () => {
    const items = worn(1, 300, [{ kind: 'sleep', atSeconds: 10, durationSeconds: 290 }]).map((item): Flow => {
      if (item.kind !== 'vital') return item
      return { ...item, value: item.signal === 'heartRate' ? 72 : 33 - item.tick / 40e6 }
    })
    expect(found(chain().run(items))).toEqual([])
  })

  it('is nobody asleep, with a thermometer or without', () => {
    for (const seed of [1, 2, 3]) {
      const night = worn(seed, 1800, [{ kind: 'sleep', atSeconds: 10, durationSeconds: 1790 }])
      expect(found(chain().run(night))).toEqual([])
      const withoutThermometer = night.filter((item) => item.kind !== 'vital' || item.signal === 'heartRate')
      expect(found(chain().run(withoutThermometer))).toEqual([])
    }
  })

  it('leaves what the device itself says of its contact as it is', () => {
    const { run, contact } = chain()
    const items = worn(1, 300, [table])
    const out = run([event(99, 'off-body'), ...items])
    expect(found(out)).toEqual([])
    expect(contact.peek('d-1')).toEqual({ detects: false, off: 'off-body' })
    const told = chain()
    told.run(items)
    expect(
      found(told.run([event(300, 'on-body'), ...worn(1, 302, [table]).filter((i) => 'tick' in i && i.tick >= 300e6)])),
    ).toEqual([['off-body', false, 300]])
  })

  it('ends with whoever wore the device, and with a reboot', () => {
    for (const end of [
      { kind: 'handover', device: 'd-1', wearer: 'w-1', at: '' } as Flow,
      { kind: 'restart', ...stamp(300) } as Flow,
    ]) {
      const { run, contact } = chain()
      run([...worn(1, 300, [table]), end])
      expect(contact.peek('d-1')).toEqual({ detects: false })
    }
  })

  it('is the same when its state goes through disk after every item', () => {
    const items = worn(2, 440, [table])
    let now = chain()
    const moved = items.flatMap((item) => {
      const rows = now.states.flatMap((one) => one.takeChanged())
      for (const one of now.states) one.restore(rows)
      return now.run([item])
    })
    now = chain()
    expect(found(moved)).toEqual(found(now.run(items)))
    expect(found(moved)).toHaveLength(2)
  })
})
