import fc from 'fast-check'
import { Subject } from 'rxjs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { WireRecord } from '../firmware-bridge/records.ts'
import { loadBundle, type Bundle } from '../models/bundle.ts'
import { shippedBundle } from '../models/shippedBundle.ts'
import { syntheticDevice } from '../simulators/synthetic/syntheticDevice.ts'
import type { Flow, Input } from './flow.ts'
import { causesOf } from './alarms/revise.ts'
import { createPipeline } from './pipeline.ts'
import { AssignmentBook } from './stages/wearers.ts'
import type { StateRow } from './state/keyedState.ts'
import { epoch, heartRates, ofKind } from './testing/run.ts'

/** Three minutes of a simulated wearer to whom several things happen. */
const records: WireRecord[] = [
  ...syntheticDevice(11, {
    device: 'd-1',
    bootId: 5,
    startEpochMicros: epoch,
    seconds: 180,
    events: [
      { kind: 'tachycardia', atSeconds: 30, durationSeconds: 40, toPerMinute: 150 },
      { kind: 'desaturation', atSeconds: 60, durationSeconds: 40, toPercent: 80 },
      { kind: 'lead-off', atSeconds: 110, durationSeconds: 15 },
      { kind: 'silence', atSeconds: 140, durationSeconds: 12 },
    ],
  }),
].map(({ record }) => record)

describe('pipeline', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await loadBundle(shippedBundle('ecg-beat'))
  })

  const options = () => ({
    gateway: 'gw',
    bundle,
    limits: { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 },
    keepsNothing: new Set<string>(),
    now: () => epoch,
  })

  /** Runs `items`; before each index in `restarts` a new pipeline takes over from what is on disk. */
  function run(items: readonly WireRecord[], restarts: readonly number[] = [], worn = true): Flow[] {
    const out: Flow[] = []
    const disk = new Map<string, StateRow>()
    const start = () => {
      const book = new AssignmentBook(worn ? [{ device: 'd-1', wearer: 'w-1' }] : [])
      const pipeline = createPipeline({ ...options(), book })
      pipeline.restore([...disk.values()])
      const inputs = new Subject<Input>()
      inputs.pipe(pipeline.run((flow) => flow)).subscribe((item) => out.push(item))
      const save = () => {
        for (const row of pipeline.states.flatMap((state) => state.takeChanged()))
          disk.set(`${row.part}/${row.key}`, { ...row, json: row.json })
      }
      return { inputs, save }
    }
    let running = start()
    for (const [index, record] of items.entries()) {
      if (restarts.includes(index)) {
        running.save()
        running = start()
      }
      running.inputs.next({ kind: 'arrival', source: 's', device: 'd-1', receivedAt: epoch, records: [record] })
    }
    return out
  }

  const told = (flow: readonly Flow[]) => [
    ...ofKind(flow, 'verdict'),
    ...ofKind(flow, 'alarm'),
    ...ofKind(flow, 'summary'),
  ]

  it('finds what happens to the wearer, and nothing before it', () => {
    const alarms = ofKind(run(records), 'alarm').map(({ alarm }) => alarm)
    const begun = [...new Map(alarms.map((alarm) => [alarm.id, alarm])).values()]
    const onsetOf = (code: string) =>
      begun
        .flatMap(causesOf)
        .filter((cause) => cause.code === code)
        .map(({ streamTime }) => Math.floor((streamTime?.tick ?? 0) / 1e6))
    expect(Math.min(...begun.map(({ streamTime }) => streamTime?.tick ?? 0))).toBeGreaterThan(29e6)
    expect(onsetOf('heart-rate-high-at-rest')).toHaveLength(1)
    expect(onsetOf('spo2-low')).toHaveLength(1)
    expect(onsetOf('lead-off')).toEqual([110])
    expect(onsetOf('data-gap')).toHaveLength(1)
  })

  it('says the same when it is restarted from its snapshot at any moments', () => {
    const whole = told(run(records))
    expect(whole.length).toBeGreaterThan(300)
    const moments = fc.array(fc.nat(records.length - 1), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(moments, (restarts) => {
        expect(told(run(records, restarts))).toEqual(whole)
      }),
      { numRuns: 10, seed: 7 },
    )
  })

  it('says the same when messages come twice', () => {
    const twice = records.flatMap((record, i) => (i % 3 === 0 ? [record, record] : [record]))
    expect(told(run(twice))).toEqual(told(run(records)))
  })

  it('judges no ECG of a device that has none, also when it was away', () => {
    const rates = [0, 1, 2, 30, 31].map((second, sequence) => heartRates(sequence, second, [60]))
    const out = run(rates)
    expect(ofKind(out, 'finding').map(({ code }) => code)).toContain('data-gap')
    expect(ofKind(out, 'verdict')).toEqual([])
  })

  it('says nothing about a device that nobody wears', () => {
    expect(run(records, [], false).filter(({ kind }) => kind !== 'said')).toEqual([])
  })

  it('does not let an absurd time of day spoil what follows', () => {
    const absurd: WireRecord = {
      kind: 'time',
      sequence: 0,
      bootId: 5,
      tick: 0,
      epochMicros: Number.MAX_VALUE,
      uncertaintyMicros: 0,
    }
    const out = run([absurd, ...records.slice(2, 60)])
    expect(ofKind(out, 'refused')).toMatchObject([{ reason: 'implausible-time' }])
    const at = ofKind(out, 'samples').map(({ sampledAt }) => Math.abs(sampledAt - epoch))
    expect(at.length).toBeGreaterThan(20)
    expect(Math.max(...at)).toBeLessThan(60e6)
  })
})
