import { Subject } from 'rxjs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { loadBundle, type Bundle } from '../models/bundle.ts'
import { shippedBundle } from '../models/shippedBundle.ts'
import type { SimulatedEvent } from '../simulators/synthetic/events.ts'
import { syntheticDevice } from '../simulators/synthetic/syntheticDevice.ts'
import { through, type Arrival, type Flow, type Input } from './flow.ts'
import { createPipeline } from './pipeline.ts'
import { AssignmentBook } from './stages/wearers.ts'
import { epoch, ofKind } from './testing/run.ts'

const seconds = 150
/** Of the wrist's own heart rate, beats a minute: so that its values can be told from those of the chest's ECG. */
const wristBias = 30
/** The chest strap is silent from here on. */
const chestEndsAt = 90

/** What one device of a simulated person sends, with the moment at which it arrives. */
function sent(device: string, signals: SignalName[], events: readonly SimulatedEvent[] = []): Arrival[] {
  const options = { device, bootId: device.length, startEpochMicros: epoch, seconds, signals, events }
  return [...syntheticDevice(23, options)].map(({ atMicros, record }) => {
    const biased = record.kind === 'samples' && record.signal === 'heartRate'
    const said = biased ? { ...record, values: record.values.map((value) => value + wristBias) } : record
    return { kind: 'arrival', source: 's', device, receivedAt: epoch + atMicros, records: [said] }
  })
}

describe('a wearer with a chest strap and a wrist band', () => {
  let flow: Flow[]
  beforeAll(async () => {
    const bundle: Bundle = await loadBundle(shippedBundle('ecg-beat'))
    const vitalsBundle = await loadBundle(shippedBundle('vitals'))
    const desaturation: SimulatedEvent = {
      kind: 'desaturation',
      atSeconds: 40,
      durationSeconds: 30,
      toPercent: 80,
    }
    const chest = sent('chest', ['ecg', 'accX', 'accY', 'accZ']).filter(
      ({ receivedAt }) => receivedAt < epoch + chestEndsAt * 1e6,
    )
    const wrist = sent('wrist', ['ppg', 'accX', 'accY', 'accZ', 'heartRate', 'spo2'], [desaturation])
    let clock = epoch
    const pipeline = createPipeline({
      gateway: 'gw',
      bundle,
      vitalsBundle,
      book: new AssignmentBook(['chest', 'wrist'].map((device) => ({ device, wearer: 'w-1' }))),
      limits: { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 },
      keepsNothing: new Set(),
      now: () => clock,
    })
    const inputs = new Subject<Input>()
    const out: Flow[] = []
    inputs.pipe(pipeline.run(through('kept', (item, emit) => emit(item)))).subscribe((item) => out.push(item))
    let second = 0
    for (const arrival of [...chest, ...wrist].sort((a, b) => a.receivedAt - b.receivedAt)) {
      clock = arrival.receivedAt
      for (; second < Math.floor((clock - epoch) / 1e6); second++) inputs.next({ kind: 'tick', now: clock })
      inputs.next(arrival)
    }
    flow = out
  })

  const means = (from: number, to: number) =>
    ofKind(flow, 'summary')
      .map(({ summary }) => summary)
      .filter(({ spanSeconds, at }) => spanSeconds === 1 && inSpan(Date.parse(at) * 1000, from, to))
      .flatMap(({ means: { heartRate } }) => heartRate ?? [])
  const inSpan = (micros: number, from: number, to: number) => micros >= epoch + from * 1e6 && micros < epoch + to * 1e6

  it('has one heart rate at a time: the ECG’s, and the wrist’s own once that is silent', () => {
    const both = means(15, 80)
    const wristAlone = means(chestEndsAt + 12, seconds - 5)
    // An ECG tells its rate at a beat, at most once a second.
    expect(both.length).toBeGreaterThan(30)
    expect(wristAlone.length).toBeGreaterThan(35)
    expect(Math.min(...wristAlone) - Math.max(...both)).toBeGreaterThan(wristBias / 3)
  })

  it('keeps what only one of them measures', () => {
    const saturation = ofKind(flow, 'vital').filter(({ signal }) => signal === 'spo2')
    expect(saturation.length).toBeGreaterThan(140)
    expect(saturation.every(({ spare, device }) => spare === undefined && device === 'wrist')).toBe(true)
  })

  it('is told of a desaturation at the wrist once, of the strap that fell silent, of the end, and of nothing else', () => {
    const raised = new Map(ofKind(flow, 'alarm').map(({ alarm }) => [alarm.id, alarm]))
    const told = [...raised.values()].map(({ code, devices }) => `${code} ${devices.join()}`).sort()
    expect(told).toEqual(['device-off wrist', 'device-silent chest', 'spo2-low wrist'])
  })
})
