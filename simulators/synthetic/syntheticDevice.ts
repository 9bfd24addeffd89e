import type { DeviceEventCode, HelloRecord, WireRecord } from '../../firmware-bridge/records.ts'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { TimedRecord } from '../timedRecord.ts'
import { helloEverySeconds, microsPerSecond, timeEverySeconds } from '../timedRecord.ts'
import type { CompleteEvent, Script, SimulatedEvent } from './events.ts'
import { eventSchema, eventScript, occurring } from './events.ts'
import { ecgRateHz, syntheticBody, usualSignals } from './syntheticBody.ts'
import type { TruthMark } from './truth.ts'

export type { BeatCode, TruthMark } from './truth.ts'

export interface SyntheticDeviceOptions {
  device: string
  bootId: number
  /** What the device takes for the time of day at its tick 0, integer µs since the epoch. */
  startEpochMicros: number
  events: readonly SimulatedEvent[]
  /** What the device sends, some of `simulatedSignals`; `usualSignals` by default. */
  signals?: readonly SignalName[]
  /** Told what is true, in order of time, before the records of the second. */
  onTruth?: (mark: TruthMark) => void
  /** Whole seconds; the device then ends its session. Absent: endless. */
  seconds?: number
}

/** %, at the start, and how long it lasts. */
const batteryAtStart = 95
const batteryHours = 72
/** Drift of a device's clock since it was last set, as it states it itself. */
const clockUncertaintyMicros = 50_000

/** A record before it is known how many came before it. */
type Due = {
  atMicros: number
  tick: number
  say: (header: { sequence: number; bootId: number; tick: number }) => WireRecord
}

/**
 * A wearable on a synthetic person, in steps of one second, made when asked for: hello, time and battery at times, device
 * events, then a block of each signal. Ticks and sequence numbers go on during a silence: what was not heard is lost. The
 * same seed and options give the same records.
 * @throws ZodError on an event, RangeError on a signal that cannot be simulated, with the first record.
 */
export function* syntheticDevice(
  personSeed: number,
  {
    device,
    bootId,
    startEpochMicros,
    events,
    signals = usualSignals,
    onTruth,
    seconds = Infinity,
  }: SyntheticDeviceOptions,
): Generator<TimedRecord, void, undefined> {
  const script = eventScript(events)
  const complete = events.map((event) => eventSchema.parse(event))
  let marks: TruthMark[] = []
  const onBeat = ({ seconds, code }: { seconds: number; code: 'N' | 'V' | 'A' }) => {
    marks.push({ kind: 'beat', tick: Math.max(0, Math.round(seconds * microsPerSecond)), code })
  }
  const body = syntheticBody(personSeed, events, { signals, startEpochMicros, onBeat: onTruth && onBeat })
  let sequence = 0

  for (let second = 0; second < seconds; second++) {
    const start = second * microsPerSecond
    const end = start + microsPerSecond
    const due: Due[] = []
    const say = (tick: number, make: Due['say'], atMicros = tick) => due.push({ atMicros, tick, say: make })
    if (second % helloEverySeconds === 0) say(start, (header) => hello(device, signals, header))
    if (second % timeEverySeconds === 0) {
      const epochMicros = startEpochMicros + start
      say(start, (header) => ({ kind: 'time', ...header, epochMicros, uncertaintyMicros: clockUncertaintyMicros }))
    }
    for (const { code, tick } of deviceEvents(complete, second)) {
      const value = code === 'battery' ? { value: batteryPercent(script, second, tick / microsPerSecond) } : {}
      say(tick, (header) => ({ kind: 'event', code, ...value, ...header }))
    }
    for (const { signal, rateHz, values, fromSeconds, untilSeconds } of body(second)) {
      const tick = fromSeconds === undefined ? start : Math.max(0, Math.round(fromSeconds * microsPerSecond))
      const there = untilSeconds === undefined ? end : Math.max(start, Math.round(untilSeconds * microsPerSecond))
      say(tick, (header) => ({ kind: 'samples', signal, rateHz, values, ...header }), there)
    }
    if (onTruth) {
      marks.push(...beginnings(complete, second))
      for (const mark of marks.sort((a, b) => timeOf(a) - timeOf(b))) onTruth(mark)
      marks = []
    }
    due.sort((a, b) => a.atMicros - b.atMicros)
    const silence = script('silence', second, second + 1 + 1 / microsPerSecond) !== undefined
    for (const { atMicros, tick, say } of due) {
      const header = { sequence: sequence++ >>> 0, bootId, tick }
      if (silence && silentAt(script, atMicros)) continue
      yield { atMicros, record: say(header) }
    }
  }
  const end = seconds * microsPerSecond
  const header = { sequence: sequence++ >>> 0, bootId, tick: end }
  yield { atMicros: end, record: { kind: 'event', code: 'session-end', ...header } }
}

function hello(
  deviceId: string,
  signals: readonly SignalName[],
  header: { sequence: number; bootId: number; tick: number },
): HelloRecord {
  return { kind: 'hello', ...header, deviceId, firmware: 'synthetic 1', signals: [...signals], detectsContact: true }
}

function silentAt(script: Script, micros: number): boolean {
  return script('silence', micros / microsPerSecond, (micros + 1) / microsPerSecond) !== undefined
}

function batteryPercent(script: Script, second: number, at: number): number {
  const low = script('low-battery', at, at + 1e-6)?.event.toPercent
  return Math.round(low ?? batteryAtStart * Math.max(0, 1 - second / (batteryHours * 3600)))
}

/** What the device says of itself within a second, in order: contact, and the battery every minute and when it is low. */
function deviceEvents(events: readonly CompleteEvent[], second: number): { code: DeviceEventCode; tick: number }[] {
  const changes: { code: DeviceEventCode; tick: number }[] = []
  const add = (code: DeviceEventCode | undefined, seconds: number) => {
    if (code !== undefined && seconds >= second && seconds < second + 1)
      changes.push({ code, tick: Math.round(seconds * microsPerSecond) })
  }
  if (second % timeEverySeconds === 0) add('battery', second)
  for (const event of events) {
    const codes = said(event)
    if (!codes) continue
    // From a second earlier: an end on the very start of this second belongs to it.
    const occurrence = occurring([event], event.kind, second - 1, second + 1)
    if (!occurrence) continue
    add(codes.at, occurrence.fromSeconds)
    add(codes.end, occurrence.toSeconds)
  }
  if (changes.length > 1) changes.sort((a, b) => a.tick - b.tick)
  return changes
}

/** What the device says when an event begins and when it ends. */
function said(event: CompleteEvent): { at: DeviceEventCode; end?: DeviceEventCode } | undefined {
  if (event.kind === 'lead-off') return { at: 'lead-off', end: 'lead-on' }
  if (event.kind === 'off-body' && event.tells) return { at: 'off-body', end: 'on-body' }
  if (event.kind === 'low-battery') return { at: 'battery' }
  return undefined
}

/**
 * The events that begin in a second, as truth. A beat at its very end is found in the next one's first sample, so that the
 * second ends one sample early.
 */
function beginnings(events: readonly CompleteEvent[], second: number): TruthMark[] {
  const from = second === 0 ? 0 : second - 1 / ecgRateHz
  const to = second + 1 - 1 / ecgRateHz
  return events.flatMap((event) => {
    const occurrence = occurring([event], event.kind, from, to)
    if (!occurrence || occurrence.fromSeconds < from) return []
    const { fromSeconds, toSeconds } = occurrence
    const until = event.kind === 'ventricular-run' ? Math.min(toSeconds, fromSeconds + runSeconds(event)) : toSeconds
    return {
      kind: 'event',
      code: event.kind,
      from: Math.round(fromSeconds * microsPerSecond),
      until: Math.round(until * microsPerSecond),
    }
  })
}

function runSeconds(event: Extract<CompleteEvent, { kind: 'ventricular-run' }>): number {
  return ((event.beats ?? Infinity) * 60) / event.perMinute + 1
}

function timeOf(mark: TruthMark): number {
  return mark.kind === 'beat' ? mark.tick : mark.from
}
