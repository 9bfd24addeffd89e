import { describe, expect, it } from 'vitest'
import { loadBundle } from '../../models/bundle.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { syntheticDevice } from '../../simulators/synthetic/syntheticDevice.ts'
import { syntheticBody } from '../../simulators/synthetic/syntheticBody.ts'
import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { detectOffline } from '../detect.ts'
import type { Flow } from '../flow.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { emitted, event, ofKind, samples, stamp } from '../testing/run.ts'
import { ppgQuality } from './ppgQuality.ts'

const bundle = await loadBundle(shippedBundle('ppg-quality'), { kind: 'ppg-window' })

/** A simulated wearer's PPG from second `from` on, in blocks of a second. */
function wear(seconds: number, events: SimulatedEvent[] = [], seed = 501, from = 0): Flow[] {
  const body = syntheticBody(seed, events, { signals: ['ppg'] })
  return Array.from({ length: seconds }, (_, second) => body(second))
    .slice(from)
    .flatMap((signals, n) => signals.map(({ rateHz, values }) => samples(from + n, 'ppg', values, rateHz)))
}

/** Detector and contact in one, over the same states for all calls. */
function running() {
  const states = contacts()
  const detector = ppgQuality(bundle, states)
  const contact = keepContact(states)
  const run = (items: readonly Flow[]): Flow[] =>
    items.flatMap((item) => emitted(contact, [item]).flatMap((passed) => emitted(detector.stage, [passed])))
  return { detector, run }
}

const verdicts = (out: readonly Flow[]) => ofKind(out, 'verdict')

describe('ppg-quality', () => {
  it('warms up, then judges once a second, advisory', () => {
    const all = verdicts(running().run(wear(60)))
    expect(all.map(({ untilTick }) => untilTick)).toEqual(Array.from({ length: 60 }, (_, n) => (n + 1) * 1e6))
    expect(new Set(all.slice(0, 24).map(({ verdict }) => verdict))).toEqual(new Set(['warming-up']))
    expect(new Set(all.slice(24).map(({ verdict }) => verdict))).toEqual(new Set(['normal']))
    expect(all.every(({ advisory, signals }) => advisory && signals[0] === 'ppg')).toBe(true)
    const last = all.at(-1)!
    expect(last.untilTick - last.tick).toBe(4e6)
    if (last.verdict !== 'normal') throw new Error(last.verdict)
    expect(Object.values(last.attribution).reduce((sum, part) => sum + part, 0)).toBeCloseTo(last.score, 9)
    expect(last.modelHash).toBe(bundle.hash)
  })

  it('a sensor at its end is not assessable, and says since when; never anomalous, and nothing is found', () => {
    const events: SimulatedEvent[] = [{ kind: 'saturation', atSeconds: 60, durationSeconds: 30 }]
    const out = running().run(wear(120, events))
    const at = (seconds: number) => verdicts(out).find(({ untilTick }) => untilTick === seconds * 1e6)!
    for (let second = 66; second <= 90; second++) {
      expect(at(second)).toMatchObject({ verdict: 'not-assessable', reason: 'ppg-quality' })
    }
    const saturated = at(80)
    if (saturated.verdict !== 'not-assessable') throw new Error(saturated.verdict)
    const { score, threshold, attribution } = saturated.evidence!
    expect(score).toBeGreaterThan(threshold!)
    expect(Object.values(attribution!).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score!, 6)
    expect(at(110).verdict).toBe('normal')
    expect(verdicts(out).some(({ verdict }) => verdict === 'anomalous')).toBe(false)
    expect(ofKind(out, 'finding')).toEqual([])
  })

  it('a device that says it is off the body is believed', () => {
    const { run } = running()
    run(wear(40))
    run([event(40, 'off-body')])
    const out = verdicts(run(wear(50, [], 501, 40)))
    expect(new Set(out.map((item) => ('reason' in item ? item.reason : item.verdict)))).toEqual(new Set(['off-body']))
  })

  it('too little measured is not normal', () => {
    const { run } = running()
    run(wear(40))
    const out = verdicts(run(wear(503, [], 501, 500)))
    expect(out[0]).toMatchObject({ verdict: 'not-assessable', reason: 'gap' })
  })

  it('forgets the wearer with the device, keeps it over a restart of the gateway', () => {
    const first = running()
    first.run(wear(40))
    const rows = first.detector.state.flatMap((state) => state.takeChanged())
    const second = running()
    for (const state of second.detector.state) state.restore(rows)
    const on = wear(50, [], 501, 40)
    expect(verdicts(second.run(on))).toEqual(verdicts(first.run(on)))
    second.run([{ kind: 'handover', device: 'd-1', wearer: 'w-1', at: '2026-01-01T00:00:50Z' }])
    expect(verdicts(second.run(wear(55, [], 501, 50)))[0]).toMatchObject({ verdict: 'warming-up' })
  })

  it('takes no other signal, and says so of a rate it cannot judge', () => {
    const { run } = running()
    expect(verdicts(run([{ kind: 'restart', ...stamp(0) }, samples(0, 'ecg', new Float32Array(250), 250)]))).toEqual([])
    expect(verdicts(run([samples(0, 'ppg', new Float32Array(10), 10)]))).toMatchObject([
      { verdict: 'not-assessable', reason: 'unusable-rate', tick: 0, untilTick: 1e6 },
    ])
  })

  it('changes neither alarms nor summaries of the gateway', async () => {
    const [device, wearer] = ['d-1', 'w-1']
    const events: SimulatedEvent[] = [{ kind: 'saturation', atSeconds: 60, durationSeconds: 30 }]
    const settings = {
      device,
      bootId: 7,
      startEpochMicros: 1_767_225_600e6,
      events,
      signals: ['ppg', 'heartRate'] as const,
    }
    const limits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 }
    const ecgBundle = await loadBundle(shippedBundle('ecg-beat'))
    const pass = async (given: { ppgBundle?: typeof bundle }): Promise<Flow[]> => {
      const records = [...syntheticDevice(501, { ...settings, seconds: 130 })].map(({ record }) => record)
      const out: Flow[] = []
      const options = { gateway: 'g', device, wearer, bundle: ecgBundle, limits, ...given }
      for await (const item of detectOffline(records, options)) out.push(item)
      return out
    }
    const [judged, plain] = [await pass({ ppgBundle: bundle }), await pass({})]
    const own = verdicts(judged).filter(({ detector }) => detector === 'ppg-quality')
    expect(own.length).toBeGreaterThan(100)
    expect(own.some((item) => 'reason' in item && item.reason === 'ppg-quality')).toBe(true)
    expect(ofKind(plain, 'summary').length).toBeGreaterThan(100)
    for (const kind of ['alarm', 'summary'] as const) expect(ofKind(judged, kind)).toEqual(ofKind(plain, kind))
  })
})
