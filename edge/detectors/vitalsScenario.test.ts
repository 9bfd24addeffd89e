import { crc32 } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import { dailyLife, daySeconds, simulatedStartMicros, simulatedVitals } from '../../models/cli/simulatedVitals.ts'
import { VitalsStream } from '../../models/inputs/vitalsStream.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { builtInScenario, readScenario } from '../../simulators/scenario.ts'
import { syntheticDevice } from '../../simulators/synthetic/syntheticDevice.ts'
import { detectOffline } from '../detect.ts'
import type { Flow } from '../flow.ts'
import { ofKind } from '../testing/run.ts'

const limits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 }
/** No waveforms but movement: what is tested needs none, and heart rates come from the device. */
const signals: readonly SignalName[] = [
  ...(['accX', 'accY', 'accZ'] as const),
  ...(['heartRate', 'spo2', 'respirationRate', 'skinTemperature'] as const),
]
const hour = 3600
/** The scenarios begin a day after the wearer did. */
const startEpochMicros = simulatedStartMicros + daySeconds * 1e6

let bundle: Bundle
let vitalsBundle: Bundle

beforeAll(async () => {
  bundle = await loadBundle(shippedBundle('ecg-beat'))
  vitalsBundle = await loadBundle(shippedBundle('vitals'))
})

/** What a gateway knows of a person after an ordinary day. */
function dayOf(seed: number) {
  const stream = new VitalsStream()
  simulatedVitals(seed, { seconds: daySeconds, events: dailyLife(seed, 1), stream })
  return [{ part: 'vitals-windows', key: 'w-01', version: 1, json: JSON.stringify(stream.windows.snapshot()) }]
}

/** Runs a scenario's first wearer through the gateway's own pipeline in virtual time. */
async function run(name: string, seconds: number): Promise<Flow[]> {
  const scenario = await readScenario(builtInScenario(name))
  const { wearer, device, events } = scenario.wearers[0]!
  const seed = crc32(`${scenario.seed}/${wearer}`)
  const records = syntheticDevice(seed, {
    device,
    bootId: 2,
    startEpochMicros,
    events: events.map(({ event }) => event),
    signals,
    seconds,
  })
  const options = { gateway: 'g', device, wearer, bundle, vitalsBundle, limits, state: dayOf(seed) }
  const passed: Flow[] = []
  const said = function* () {
    for (const { record } of records) yield record
  }
  for await (const item of detectOffline(said(), options))
    if (item.kind === 'verdict' || item.kind === 'alarm' || item.kind === 'finding') passed.push(item)
  return passed
}

describe('slow haemorrhage', () => {
  it('raises an alarm within 2 h, which stands for as long as it lasts: six hours are not absorbed', async () => {
    const passed = await run('slow-haemorrhage', 7 * hour)
    const from = startEpochMicros + hour * 1e6
    const findings = ofKind(passed, 'finding').filter(({ code }) => code === 'vitals-anomaly')
    const alarms = ofKind(passed, 'alarm').filter(({ alarm }) => alarm.code === 'vitals-anomaly')
    const raised = alarms.filter(({ alarm }) => alarm.revision === 1)
    const onset = Date.parse(raised[0]!.alarm.at) * 1000
    expect(onset).toBeGreaterThan(from)
    // Raised with the third window in a row.
    expect(onset + 120e6).toBeLessThan(from + 2 * hour * 1e6)
    expect(raised[0]!.alarm).toMatchObject({ priority: 'low', type: 'physiological' })
    const late = findings.filter(
      ({ sampledAt }) => sampledAt > from + 2 * hour * 1e6 && sampledAt < from + 6 * hour * 1e6,
    )
    expect(late.length).toBeGreaterThan(230)
    expect(late.every(({ abnormal }) => abnormal)).toBe(true)
  }, 180_000)
})
