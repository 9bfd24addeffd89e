import { crc32 } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import { simulatedStartMicros } from '../../models/cli/simulatedVitals.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { builtInScenario, readScenario } from '../../simulators/scenario.ts'
import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { syntheticDevice } from '../../simulators/synthetic/syntheticDevice.ts'
import { causesOf } from '../alarms/revise.ts'
import { detectOffline } from '../detect.ts'
import type { Verdict } from '../flow.ts'
import type { Alarm } from '../messages.ts'

const limits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 }
let bundle: Bundle

beforeAll(async () => {
  bundle = await loadBundle(shippedBundle('ecg-beat'))
})

interface Told {
  /** Each cause of each alarm at its first telling, and second of stream time that had been measured then. */
  alarms: { alarm: Alarm; at: number; told: number }[]
  verdicts: Verdict[]
}

async function run(seed: number, events: readonly SimulatedEvent[], seconds: number, signals?: readonly SignalName[]) {
  const device = { device: 'sim-01', bootId: 2, startEpochMicros: simulatedStartMicros, events, seconds }
  const records = syntheticDevice(seed, { ...device, ...(signals && { signals }) })
  const said = function* () {
    for (const { record } of records) yield record
  }
  const out: Told = { alarms: [], verdicts: [] }
  let told = 0
  for await (const item of detectOffline(said(), { gateway: 'g', device: 'sim-01', wearer: 'w-01', bundle, limits })) {
    if (item.kind === 'samples') told = Math.max(told, item.tick / 1e6 + item.values.length / item.rateHz)
    if (item.kind === 'verdict') out.verdicts.push(item)
    if (item.kind !== 'alarm') continue
    for (const { code, priority, streamTime } of causesOf(item.alarm)) {
      const { id } = item.alarm
      if (out.alarms.some(({ alarm }) => alarm.id === id && alarm.code === code)) continue
      out.alarms.push({ alarm: { ...item.alarm, code, priority }, at: (streamTime?.tick ?? 0) / 1e6, told })
    }
  }
  return out
}

/** A scenario's first wearer through the gateway's own pipeline in virtual time. */
async function scenario(name: string, minutes: number, signals?: readonly SignalName[]) {
  const { seed, wearers } = await readScenario(builtInScenario(name))
  const { wearer, events } = wearers[0]!
  const simulated = events.map(({ event }) => event)
  return run(crc32(`${seed}/${wearer}`), simulated, minutes * 60, signals)
}

const physiological = ({ alarms }: Told) =>
  alarms.filter(({ alarm }) => alarm.type === 'physiological').map(({ alarm }) => alarm.code)
const first = ({ alarms }: Told, code: Alarm['code']) => alarms.find(({ alarm }) => alarm.code === code)

describe('through the whole pipeline', () => {
  it('stairs raise nothing: neither the heart rate nor beats that movement has distorted', async () => {
    const told = await scenario('stairs', 16)
    expect(physiological(told)).toEqual([])
    expect(told.verdicts.some((verdict) => 'reason' in verdict && verdict.reason === 'motion')).toBe(true)
  })

  it('a tachycardia at rest is told within 60 s', async () => {
    const found = first(await scenario('tachycardia-at-rest', 8), 'heart-rate-high-at-rest')
    expect(found?.alarm.priority).toBe('medium')
    expect(found!.told).toBeLessThan(5 * 60 + 60)
  })

  it('a fall after a walk is told within 60 s', async () => {
    const told = await scenario('fall', 7)
    expect(physiological(told)).toEqual(['fall'])
    expect(first(told, 'fall')!.told).toBeLessThan(4 * 60 + 60)
  })

  it('a convulsion is told within 30 s', async () => {
    const found = first(await scenario('convulsion', 6), 'convulsion')
    expect(found?.alarm).toMatchObject({ type: 'physiological', priority: 'high' })
    expect(found!.told).toBeLessThan(4 * 60 + 30)
  })

  it('a watch on a table is off the body within 2 min, and none of it is the wearer’s', async () => {
    const told = await scenario('off-body', 12, ['accX', 'accY', 'accZ', 'ppg', 'heartRate', 'spo2', 'skinTemperature'])
    expect(first(told, 'off-body')?.alarm.type).toBe('technical')
    expect(first(told, 'off-body')!.told).toBeLessThan(4 * 60 + 120)
    expect(physiological(told)).toEqual([])
  })

  it('an hour of a noisy night raises nothing', async () => {
    const told = await scenario('noisy-night', 60)
    expect(physiological(told)).toEqual([])
    expect(first(told, 'off-body')).toBeUndefined()
  })

  it('walking, stairs and running raise nothing, short or long, and a minute after them is judged again', async () => {
    const events: SimulatedEvent[] = [
      { kind: 'walk', atSeconds: 120, durationSeconds: 120 },
      { kind: 'stairs', atSeconds: 300, durationSeconds: 60, toPerMinute: 140 },
      { kind: 'run', atSeconds: 480, durationSeconds: 180, toPerMinute: 155 },
      ...[900, 930, 960].map((atSeconds) => ({ kind: 'walk' as const, atSeconds, durationSeconds: 8 })),
    ]
    for (const seed of [90_001, 90_010]) {
      const told = await run(seed, events, 1080)
      expect(physiological(told)).toEqual([])
      const judged = told.verdicts.filter(({ tick, verdict }) => tick > 720e6 && tick < 890e6 && verdict === 'normal')
      expect(judged.length).toBeGreaterThan(120)
    }
  })

  it('a ventricular run and ectopic beats at rest are still found, and so is asystole while walking', async () => {
    const resting = await run(
      5,
      [
        { kind: 'ventricular-run', atSeconds: 180, durationSeconds: 20, beats: 20, perMinute: 180 },
        { kind: 'ectopic-beats', atSeconds: 300, durationSeconds: 120, origin: 'ventricular', perHour: 1500 },
      ],
      440,
    )
    expect(first(resting, 'ecg-anomaly')!.at).toBeGreaterThan(175)
    expect(first(resting, 'ecg-anomaly')!.told).toBeLessThan(200)
    // One beat in four or so: too few for an alarm, but each is judged.
    const ectopic = resting.verdicts.filter(({ tick }) => tick > 300e6 && tick < 420e6)
    expect(ectopic.filter(({ verdict }) => verdict === 'anomalous').length).toBeGreaterThan(20)
    expect(ectopic.filter((verdict) => 'reason' in verdict)).toEqual([])
    const walking = await run(
      5,
      [
        { kind: 'walk', atSeconds: 60, durationSeconds: 120 },
        { kind: 'asystole', atSeconds: 120, durationSeconds: 12 },
      ],
      150,
    )
    expect(first(walking, 'no-beats')!.told).toBeLessThan(120 + 8)
  })
})
