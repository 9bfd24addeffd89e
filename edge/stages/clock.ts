import { signals, type SignalName } from '../../firmware-bridge/signals.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { TimeRecord, WireRecord } from '../../firmware-bridge/records.ts'
import { vitalAt, type Flow, type Late, type Said, type Samples, type Stage, type Stamp } from '../flow.ts'
import type { ClockQuality } from '../messages.ts'
import { arrivalFit, observe, type ArrivalFit } from './arrivalFit.ts'
import { clockSet } from './clockSet.ts'
import { correctionAt, keepInStep, setWith, type Correction } from './gatewayTime.ts'

/** How one boot of a device lies in gateway time. */
export interface Timeline {
  bootId?: number
  /** Gateway time of tick 0, integer µs since the epoch; fixed once a sample has been stamped with it. */
  epochOfTickZero?: number
  /** Whose clock it is from. */
  clock?: 'device' | 'arrival'
  /** Stream time up to which anything was measured, µs. */
  endTick: number
  /** The boot is new and nothing that was measured in it has been seen yet. */
  restarted?: boolean | undefined
  /** How its ticks lie in the gateway's clock as that was at the first of them. */
  fit?: ArrivalFit
  /** How they lie in the device's own time of day, where that moves against them. */
  ownTimes?: ArrivalFit
  /** By how much the gateway's clock was set since then, µs. */
  setBy?: number
  /** As it was at the last look. */
  quality?: ClockQuality
  /** What drift and a clock that was set add to the first estimate, for whatever is told. */
  correction?: Correction
  /** How the boot before lay in gateway time; `micros` is what was added at its end. */
  before?: { bootId: number; epochOfTickZero: number; endTick: number; micros: number }
  /** How long the last samples had waited somewhere, µs. */
  waited?: number
  /** Records in a row whose tick was far from those before. */
  jumps?: number
}

/** A hole longer than this is a gap, µs. Shorter ones are masks in the windows of the signal concerned. */
const gapMicros = 1_000_000

/** A device whose time of day is further from that of its record's arrival does not know the time, µs. */
const trustedMicros = 26 * 3_600_000_000
/** A device's time of day that moves against its ticks by more than this is kept right by something, or was set, µs. */
const ownMovesMicros = 2000
/** A tick further ahead than this is a fault of the device, µs, unless so many records in a row agree. */
const jumpMicros = 7 * 86_400_000_000
const agreeingJumps = 5
/** Samples that had waited for so long tell what is past, µs. */
const pastMicros = 60_000_000
/** An arrival that shows the clock to be wrong by more than this corrects it, µs. */
const stepMicros = 5_000_000

export const timelines = (): KeyedState<Timeline> =>
  new KeyedState(plainState<Timeline>('timeline', 1, () => ({ endTick: 0 })))

/** Whether what a device says now is of a time that is past: it had waited somewhere, and nobody must take it for now. */
export const isPast = (states: KeyedState<Timeline>, device: string): boolean =>
  (states.peek(device)?.waited ?? 0) > pastMicros

/**
 * Puts gateway time beside stream time. The device's own time of day counts if it came before the first sample of the boot,
 * else the arrival of that sample; drift comes on top of it where it is told (`gatewayTime.ts`). Holes and reboots become
 * items of their own; 1 Hz signals become single vitals.
 */
export function onClock(states: KeyedState<Timeline>): Stage {
  const setBy = clockSet()
  return (item, emit) => {
    if (item.kind === 'tick') {
      const by = setBy(item)
      if (by !== 0) for (const [device] of states.entries()) setWith(states.of(device), by)
    }
    if (item.kind === 'late') return late(states.peek(item.device), item, emit)
    if (item.kind !== 'said') return emit(item)
    const line = states.of(item.device)
    const { record } = item
    if (line.bootId !== record.bootId) {
      const { bootId, correction, endTick, epochOfTickZero } = line
      line.restarted = bootId !== undefined
      if (bootId !== undefined && epochOfTickZero !== undefined) {
        const micros = correction === undefined ? 0 : correctionAt(correction, endTick)
        line.before = { bootId, epochOfTickZero, endTick, micros }
      }
      line.bootId = record.bootId
      for (const part of [
        'epochOfTickZero',
        'clock',
        'fit',
        'ownTimes',
        'setBy',
        'correction',
        'quality',
        'waited',
      ] as const)
        delete line[part]
      line.endTick = -1
    }
    if (isFaultyJump(line, record)) {
      const detail = `tick: expected at most 7 days after ${line.endTick}, received ${record.tick}`
      return emit({ kind: 'refused', source: item.source, device: item.device, reason: 'implausible-tick', detail })
    }
    emit(item)
    if (record.kind === 'hello') return
    if (record.kind === 'time') return takeTime(line, item, record, emit)
    const stamp = (tick: number): Stamp => ({
      source: item.source,
      device: item.device,
      wearer: '',
      bootId: record.bootId,
      tick,
      sampledAt: (line.epochOfTickZero ?? 0) + tick,
    })
    const stepped = correctClock(line, item)
    if (line.restarted === true) emit({ kind: 'restart', ...stamp(record.tick) })
    if (line.restarted !== undefined) line.restarted = undefined
    if (stepped) emit({ kind: 'clock-step', ...stamp(record.tick) })
    if (record.kind === 'event') {
      const { code, value, signal, cause } = record
      return emit({
        kind: 'device-event',
        ...stamp(record.tick),
        code,
        ...(value !== undefined && { value }),
        ...(signal !== undefined && { signal }),
        ...(cause !== undefined && { cause }),
      })
    }
    if (line.endTick >= 0 && record.tick > line.endTick + gapMicros)
      emit({ kind: 'gap', ...stamp(line.endTick), untilTick: record.tick })
    const period = 1e6 / record.rateHz
    const lastTick = Math.round(record.tick + (record.values.length - 1) * period)
    line.waited = observe((line.fit ??= arrivalFit()), lastTick, item.receivedAt - (line.setBy ?? 0))
    line.endTick = Math.max(line.endTick, Math.round(record.tick + record.values.length * period))
    keepInStep(line)
    if (signals[record.signal].form === 'waveform') {
      const { signal, rateHz, values } = record
      const { source, device, wearer, bootId, tick, sampledAt } = stamp(record.tick)
      const samples: Samples = {
        kind: 'samples',
        source,
        device,
        wearer,
        bootId,
        tick,
        sampledAt,
        signal,
        rateHz,
        values,
      }
      if (line.quality !== undefined) samples.clock = line.quality
      return emit(samples)
    }
    for (const vital of vitalsOf(record.signal, record.values, period, record.tick, stamp)) emit(vital)
  }
}

/** What came too late lies in the time of its boot; of earlier boots nothing is known any more. */
function late(line: Timeline | undefined, item: Late, emit: (item: Flow) => void): void {
  const boot = line?.bootId === item.bootId ? line : line?.before
  if (boot?.bootId !== item.bootId || boot.epochOfTickZero === undefined) return
  emit({ ...item, sampledAt: boot.epochOfTickZero + item.tick, liveTick: line?.endTick ?? boot.endTick })
}

function isFaultyJump(line: Timeline, { tick }: WireRecord): boolean {
  if (line.endTick < 0 || tick <= line.endTick + jumpMicros) {
    if (line.jumps !== undefined) delete line.jumps
    return false
  }
  line.jumps = (line.jumps ?? 0) + 1
  return line.jumps < agreeingJumps
}

/** The device's own time of day counts if it is plausible and nothing was stamped yet. */
function takeTime(line: Timeline, item: Said, { tick, epochMicros }: TimeRecord, emit: (item: Flow) => void): void {
  if (Math.abs(epochMicros - item.receivedAt) > trustedMicros) {
    const detail = `time: expected a moment within 26 h of its arrival, received ${epochMicros} µs since the epoch`
    return emit({ kind: 'refused', source: item.source, device: item.device, reason: 'implausible-time', detail })
  }
  const epoch = epochMicros - tick
  // Where it hangs on the same crystal as the ticks it tells nothing of drift, and need not be kept.
  const moves = line.ownTimes !== undefined || Math.abs(epoch - (line.epochOfTickZero ?? epoch)) > ownMovesMicros
  if (moves) observe((line.ownTimes ??= arrivalFit()), tick, epochMicros)
  if (line.epochOfTickZero !== undefined) return
  line.epochOfTickZero = epoch
  line.clock = 'device'
}

/**
 * Without the device's time the arrival of its first sample counts. That it had waited somewhere shows when a later one
 * waited less: then the clock is set back.
 *
 * @returns whether it was set back
 */
function correctClock(line: Timeline, { record, receivedAt }: Said): boolean {
  if (line.clock === 'device') return false
  const span = record.kind === 'samples' ? (record.values.length * 1e6) / record.rateHz : 0
  const isFirst = line.epochOfTickZero === undefined
  const { setBy = 0, correction } = line
  const drifted = correction === undefined ? 0 : correctionAt(correction, record.tick) - setBy
  const epoch = Math.round(receivedAt - setBy - record.tick - span - drifted)
  if (line.epochOfTickZero !== undefined && epoch > line.epochOfTickZero - stepMicros) return false
  line.epochOfTickZero = epoch
  line.clock = 'arrival'
  return !isFirst
}

function* vitalsOf(
  signal: SignalName,
  values: Float32Array,
  period: number,
  tick: number,
  stamp: (tick: number) => Stamp,
): Generator<Flow> {
  const { min, max } = signals[signal]
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    if (value >= min && value <= max)
      yield vitalAt(stamp(tick), Math.round(tick + index * period), signal, value, 'device')
  }
}
