import type { DeviceEventCode, HelloRecord, WireRecord } from '../../firmware-bridge/records.ts'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { TimedRecord } from '../timedRecord.ts'
import { helloEverySeconds, microsPerSecond, timeEverySeconds } from '../timedRecord.ts'
import type { SimulatedEvent } from './events.ts'
import { occurring } from './events.ts'
import { syntheticBody } from './syntheticBody.ts'

export interface SyntheticDeviceOptions {
  device: string
  bootId: number
  /** What the device takes for the time of day at its tick 0, integer µs since the epoch. */
  startEpochMicros: number
  events: readonly SimulatedEvent[]
  /** Whole seconds; the device then ends its session. Absent: endless. */
  seconds?: number
}

const signalsSent: SignalName[] = [
  'ecg',
  'accX',
  'accY',
  'accZ',
  'heartRate',
  'spo2',
  'respirationRate',
  'skinTemperature',
]
/** %, at the start, and how long it lasts. */
const batteryAtStart = 95
const batteryHours = 72
/** Drift of a device's clock since it was last set, as it states it itself. */
const clockUncertaintyMicros = 50_000

/**
 * A wearable on a synthetic person, in steps of one second, made when asked for: hello, time and battery at times, device
 * events, then a block of each signal. Ticks and sequence numbers go on during a silence: what was not heard is lost. The
 * same seed gives the same records.
 */
export function* syntheticDevice(
  personSeed: number,
  { device, bootId, startEpochMicros, events, seconds = Infinity }: SyntheticDeviceOptions,
): Generator<TimedRecord, void, undefined> {
  const body = syntheticBody(personSeed, events)
  let sequence = 0
  const header = (tick: number) => ({ sequence: sequence++ >>> 0, bootId, tick })
  const silentAt = (micros: number) =>
    occurring(events, 'silence', micros / microsPerSecond, (micros + 1) / microsPerSecond) !== undefined

  for (let second = 0; second < seconds; second++) {
    const start = second * microsPerSecond
    const end = start + microsPerSecond
    const due: { atMicros: number; record: WireRecord }[] = []
    if (second % helloEverySeconds === 0) due.push({ atMicros: start, record: hello(device, header(start)) })
    if (second % timeEverySeconds === 0) {
      const epochMicros = startEpochMicros + start
      const uncertaintyMicros = clockUncertaintyMicros
      due.push({ atMicros: start, record: { kind: 'time', ...header(start), epochMicros, uncertaintyMicros } })
      const value = Math.round(batteryAtStart * Math.max(0, 1 - second / (batteryHours * 3600)))
      due.push({ atMicros: start, record: { kind: 'event', code: 'battery', value, ...header(start) } })
    }
    for (const { code, tick } of contactChanges(events, second)) {
      due.push({ atMicros: tick, record: { kind: 'event', code, ...header(tick) } })
    }
    for (const { signal, rateHz, values } of body(second)) {
      due.push({ atMicros: end, record: { kind: 'samples', signal, rateHz, values, ...header(start) } })
    }
    for (const timed of due) if (!silentAt(timed.atMicros)) yield timed
  }
  const end = seconds * microsPerSecond
  yield { atMicros: end, record: { kind: 'event', code: 'session-end', ...header(end) } }
}

function hello(deviceId: string, header: { sequence: number; bootId: number; tick: number }): HelloRecord {
  return { kind: 'hello', ...header, deviceId, firmware: 'synthetic 1', signals: signalsSent, detectsContact: true }
}

/** Lead-off and lead-on within a second, in order. */
function contactChanges(events: readonly SimulatedEvent[], second: number): { code: DeviceEventCode; tick: number }[] {
  const changes: { code: DeviceEventCode; tick: number }[] = []
  const add = (code: DeviceEventCode, seconds: number) => {
    if (seconds >= second && seconds < second + 1) changes.push({ code, tick: Math.round(seconds * microsPerSecond) })
  }
  for (const event of events) {
    // From a second earlier: an end on the very start of this second belongs to it.
    const occurrence = occurring([event], 'lead-off', second - 1, second + 1)
    if (!occurrence) continue
    add('lead-off', occurrence.fromSeconds)
    add('lead-on', occurrence.toSeconds)
  }
  return changes.sort((a, b) => a.tick - b.tick)
}
