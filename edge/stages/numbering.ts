import type { Decoded, DecodeFault, Reading, WireRecord } from '../../firmware-bridge/records.ts'
import { signals, type SignalName } from '../../firmware-bridge/signals.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { follow, type OwnClock } from './ownClock.ts'

/** How far a device has come that numbers nothing itself. */
export interface Numbering {
  sequence: number
  /** Stream time up to which anything was read, and each signal, µs. */
  end: number
  ends: Partial<Record<SignalName, number>>
  /** The device's own clock, where it has one. */
  own?: OwnClock
  /** By how much the gateway's clock was set since its first reading, µs: stream time goes on without. */
  setBy?: number
}

/** A block that arrives within this of the end of the one before follows it; later, time has passed between them, µs. */
const followsWithin = 900_000
/**
 * What would come so much sooner than it can have been measured is given up, µs: the device is faster than its rate says. More than
 * the second, and the gateway's clock was set back.
 */
const aheadAtMost = 900_000
const setBackBy = 5_000_000
/** Rates are nominal and clocks rounded: a block that begins this little before the end of the last follows it, µs. */
const overlapsWithin = 5000

export const numberings = (): KeyedState<Numbering> =>
  new KeyedState(plainState<Numbering>('numbering', 2, () => ({ sequence: 0, end: 0, ends: {} })))

/** What arrived together. */
export interface Received {
  /** Gateway clock, integer µs since the epoch. */
  receivedAt: number
  /** The broker has sent it before. */
  repeated?: boolean
  records: readonly Decoded[]
}

/**
 * Gives readings (of formats that have neither sequence nor boot) the identity that frames have. Stream time is the
 * gateway's clock at arrival as it was at the first one, put in order: blocks of a waveform never overlap. Where the device has a clock of its own, that
 * one is followed (`ownClock.ts`). The boot is always 0: such a device does not say that it restarted.
 *
 * @returns a record or fault for each, undefined for what was sent twice
 */
export function numbered(
  states: KeyedState<Numbering>,
  device: string,
  { receivedAt, repeated = false, records }: Received,
): readonly (WireRecord | DecodeFault | undefined)[] {
  if (records.every(hasIdentity)) return records
  const state = states.of(device)
  const arrivedAt = receivedAt - (state.setBy ?? 0)
  return records.map((record, index) => {
    if (hasIdentity(record)) return record
    const place = { bootId: 0, sequence: (state.sequence + 1) >>> 0 }
    const { tick: own, ...said } = record
    if (said.kind === 'event') {
      state.sequence = place.sequence
      state.end = arrivedAt <= state.end + followsWithin ? state.end : arrivedAt
      return { ...said, ...place, tick: state.end }
    }
    const { signal } = said
    const end = state.ends[signal] ?? 0
    const start = arrivedAt - spanFrom(records, index, signal)
    let tick: number
    if (own === undefined) tick = arrivalTick(signal, end, start)
    else {
      tick = follow((state.own ??= { origin: start - own }), own, start, end)
      if (tick < end && repeated) return undefined
      if (tick < end - overlapsWithin) tick = (state.own = { origin: Math.max(start, end) - own }).origin + own
      tick = Math.max(tick, end)
    }
    const ahead = tick - start
    if (ahead > aheadAtMost && ahead <= setBackBy) {
      if (own !== undefined && state.own !== undefined) state.own.origin -= ahead
      if (signals[signal].form === 'waveform') return tooSoon(signal, ahead)
      tick = Math.max(start, end)
    }
    state.sequence = place.sequence
    // Single values have no extent that the next could overlap.
    state.ends[signal] = tick + (signals[signal].form === 'value' ? 1 : spanOf(said))
    state.end = Math.max(state.end, tick + spanOf(said))
    return { ...said, ...place, tick }
  })
}

/** The gateway's clock was set: stream time of what nobody numbers goes on as if it had not been. */
export function goOnWithout(states: KeyedState<Numbering>, byMicros: number): void {
  for (const [device] of states.entries()) {
    const state = states.of(device)
    state.setBy = (state.setBy ?? 0) + byMicros
  }
}

const hasIdentity = (record: Decoded): record is WireRecord | DecodeFault =>
  record.kind === 'fault' || 'bootId' in record

const spanOf = ({ values, rateHz }: Extract<Reading, { kind: 'samples' }>): number =>
  Math.round((values.length * 1e6) / rateHz)

/** How long the readings of a signal last together, from one of an arrival to its last, µs. */
function spanFrom(records: readonly Decoded[], from: number, signal: SignalName): number {
  let span = 0
  for (let i = from; i < records.length; i++) {
    const record = records[i] as Decoded
    if (record.kind === 'samples' && record.signal === signal) span += spanOf(record)
  }
  return span
}

function arrivalTick(signal: SignalName, end: number, start: number): number {
  const follows = signals[signal].form === 'waveform' && start <= end + followsWithin
  return follows ? end : Math.max(start, end)
}

function tooSoon(signal: SignalName, micros: number): DecodeFault {
  const detail = `${signal}: expected no sooner than it can have been measured, received ${micros} µs before`
  return { kind: 'fault', reason: 'bad-value', detail, bytes: new Uint8Array() }
}
