import { signals, type SignalName } from '../../firmware-bridge/signals.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Flow, Refused, Said, Stage, Stamp } from '../flow.ts'

/** How one boot of a device lies in gateway time. */
export interface Timeline {
  bootId?: number
  /** Gateway time of tick 0, integer µs since the epoch; fixed once a sample has been stamped with it. */
  epochOfTickZero?: number
  /** Whose clock it is from. */
  clock?: 'device' | 'arrival'
  /** Stream time up to which anything was measured, µs. */
  endTick: number
}

/** A hole longer than this is a gap, µs. Shorter ones are masks in the windows of the signal concerned. */
const gapMicros = 1_000_000

/** 2200-01-01: a device that takes it for later does not know the time, µs since the epoch. */
const latestMicros = Date.UTC(2200, 0, 1) * 1000

/** Signals that arrive as single values and are judged as such. */
const waveforms: ReadonlySet<SignalName> = new Set(['ecg', 'ppg', 'accX', 'accY', 'accZ'])

export const timelines = (): KeyedState<Timeline> =>
  new KeyedState(plainState<Timeline>('timeline', 1, () => ({ endTick: 0 })))

/**
 * Puts gateway time beside stream time. The device's own time of day counts if it came before the first sample of the boot,
 * else the arrival of that sample; either stays fixed for the boot. Holes and reboots become items of their own; 1 Hz
 * signals become single vitals.
 */
export function onClock(states: KeyedState<Timeline>): Stage {
  return (item, emit) => {
    if (item.kind !== 'said') return emit(item)
    const line = states.of(item.device)
    const { record } = item
    const restarted = line.bootId !== undefined && line.bootId !== record.bootId
    if (line.bootId !== record.bootId) {
      line.bootId = record.bootId
      delete line.epochOfTickZero
      delete line.clock
      line.endTick = -1
    }
    if (record.kind === 'time') {
      const epoch = record.epochMicros - record.tick
      if (!(epoch >= 0 && record.epochMicros < latestMicros))
        return emit({
          ...refusal(item),
          detail: `time: expected a moment from 1970 to 2200, received ${record.epochMicros} µs`,
        })
      if (line.epochOfTickZero !== undefined) return emit(item)
      line.epochOfTickZero = epoch
      line.clock = 'device'
    }
    const stamp = (tick: number): Stamp => ({
      source: item.source,
      device: item.device,
      wearer: '',
      bootId: record.bootId,
      tick,
      sampledAt: stampedAt(line, item, tick),
    })
    if (restarted) emit({ kind: 'restart', ...stamp(record.tick) })
    if (record.kind === 'hello' || record.kind === 'time') return emit(item)
    if (record.kind === 'event') {
      const { code, value } = record
      return emit({ kind: 'device-event', ...stamp(record.tick), code, ...(value !== undefined && { value }) })
    }
    if (line.endTick >= 0 && record.tick > line.endTick + gapMicros)
      emit({ kind: 'gap', ...stamp(line.endTick), untilTick: record.tick })
    const period = 1e6 / record.rateHz
    line.endTick = Math.max(line.endTick, Math.round(record.tick + record.values.length * period))
    if (waveforms.has(record.signal)) {
      const { signal, rateHz, values } = record
      return emit({ kind: 'samples', ...stamp(record.tick), signal, rateHz, values })
    }
    for (const vital of vitalsOf(record.signal, record.values, period, record.tick, stamp)) emit(vital)
  }
}

function refusal({ source, device }: Said): Omit<Refused, 'detail'> {
  return { kind: 'refused', source, device, reason: 'implausible-time' }
}

function stampedAt(line: Timeline, item: Said, tick: number): number {
  if (line.epochOfTickZero === undefined) {
    const { record } = item
    const span = record.kind === 'samples' ? (record.values.length * 1e6) / record.rateHz : 0
    // What has just arrived was measured before it arrived.
    line.epochOfTickZero = Math.round(item.receivedAt - record.tick - span)
    line.clock = 'arrival'
  }
  return line.epochOfTickZero + tick
}

function* vitalsOf(
  signal: SignalName,
  values: Float32Array,
  period: number,
  tick: number,
  stamp: (tick: number) => Stamp,
): Generator<Flow> {
  const { min, max } = signals[signal]
  for (const [index, value] of values.entries())
    if (value >= min && value <= max)
      yield { kind: 'vital', ...stamp(Math.round(tick + index * period)), signal, value }
}
