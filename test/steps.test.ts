import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Flow, Input } from '../edge/flow.ts'
import { createPipeline } from '../edge/pipeline.ts'
import { AssignmentBook } from '../edge/stages/wearers.ts'
import { shippedModels, templatesOf } from './bench/pipeline/wearers.ts'

const models = await shippedModels('models/shipped')
const epoch = Date.UTC(2026, 0, 1) * 1000
const seconds = 40

/** A pipeline that has seen 40 s of a simulated wearer, and everything that came out of it. */
function warm() {
  let now = epoch
  const pipeline = createPipeline({
    ...models,
    gateway: 'g',
    book: new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }]),
    limits: { heartRatePerMinute: 40, spo2Percent: 99, silenceSeconds: 10 },
    keepsNothing: new Set(),
    now: () => now,
  })
  const out: Flow[] = []
  const inputs = new Subject<Input>()
  inputs.pipe(pipeline.run((flow) => flow)).subscribe((item) => out.push(item))
  for (const { atMicros, records } of templatesOf(1, seconds)[0]!) {
    now = epoch + atMicros
    inputs.next({ kind: 'arrival', source: 's', device: 'd-1', receivedAt: now, records })
    inputs.next({ kind: 'tick', now })
  }
  return { pipeline, out }
}

/** One item of each kind, of the wearer that the stages know. */
function oneOfEach(out: readonly Flow[]): Map<Flow['kind'], Flow> {
  const items = new Map<Flow['kind'], Flow>()
  for (const item of out) items.set(item.kind, item)
  const samples = items.get('samples') as Extract<Flow, { kind: 'samples' }>
  const { source, device, wearer, bootId, tick, sampledAt, signal, rateHz, values } = samples
  const stamp = { source, device, wearer, bootId, tick, sampledAt }
  const further: Flow[] = [
    { kind: 'gap', ...stamp, untilTick: tick + 5e6 },
    { kind: 'restart', ...stamp },
    { kind: 'clock-step', ...stamp },
    { kind: 'device-event', ...stamp, code: 'lead-off' },
    { kind: 'handover', device, wearer, at: new Date(sampledAt / 1000).toISOString() },
    { kind: 'late', ...stamp, receivedAt: sampledAt, signal, rateHz, values, liveTick: tick + 5e6 } as Flow,
    { kind: 'delivered', acknowledge: () => undefined },
  ]
  for (const item of further) items.set(item.kind, item)
  return items
}

describe('what a step does not take', () => {
  const { pipeline, out } = warm()
  const items = oneOfEach(out)
  const snapshots = () => {
    for (const state of pipeline.states) state.takeChanged()
    return () => pipeline.states.flatMap((state) => state.takeChanged())
  }

  it('is seen here in every kind that a wearer makes', () => {
    const kinds: Flow['kind'][] = [
      'said',
      'samples',
      'vital',
      'motion',
      'beat',
      'verdict',
      'finding',
      'alarm',
      'summary',
    ]
    expect([...items.keys()]).toEqual(expect.arrayContaining([...kinds, 'tick']))
  })

  it.each(pipeline.steps.filter(({ takes }) => takes !== undefined))(
    'passes $name unchanged and changes nothing that it knows',
    ({ stage, takes }) => {
      const left = [...items.values()].filter(({ kind }) => !takes!.includes(kind))
      expect(left.length).toBeGreaterThan(5)
      const changed = snapshots()
      const passed: Flow[] = []
      for (const item of left) stage(item, (emitted) => passed.push(emitted))
      expect(passed.length).toBe(left.length)
      expect(passed.every((item, i) => item === left[i])).toBe(true)
      expect(changed()).toEqual([])
    },
  )
})
