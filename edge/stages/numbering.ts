import type { Decoded, DecodeFault, WireRecord } from '../../firmware-bridge/records.ts'
import { signals, type SignalName } from '../../firmware-bridge/signals.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'

/** How far a device has come that numbers nothing itself. */
export interface Numbering {
  sequence: number
  /** Stream time up to which anything was read, and each signal, µs. */
  end: number
  ends: Partial<Record<SignalName, number>>
  /** Stream time at 0 of the device's own clock, µs, where it has one. */
  origin?: number
}

/** A block that arrives within this of the end of the one before follows it; later, time has passed between them, µs. */
const followsWithin = 900_000
/** The device's own clock back by less than this tells of a message that came twice, µs; by more, of a clock that was set. */
const repeatsWithin = 60_000_000
/** The device's own clock ahead of arrival by more than this was set, µs. */
const aheadAtMost = 3_600_000_000
/** Rates are nominal and clocks rounded: a block that begins this little before the end of the last follows it, µs. */
const overlapsWithin = 5000

export const numberings = (): KeyedState<Numbering> =>
  new KeyedState(plainState<Numbering>('numbering', 1, () => ({ sequence: 0, end: 0, ends: {} })))

/**
 * Gives readings (of formats that have neither sequence nor boot) the identity that frames have. Stream time is the
 * gateway's clock at arrival, put in order: blocks of a waveform never overlap, so that a gateway clock that is set back
 * repeats none. Where the device has a clock of its own, that one is followed from its first arrival. The boot is always 0:
 * such a device does not say that it restarted.
 *
 * @param receivedAt gateway clock, integer µs since the epoch
 * @returns a record or fault for each, undefined for what was sent twice
 */
export function numbered(
  states: KeyedState<Numbering>,
  device: string,
  receivedAt: number,
  decoded: readonly Decoded[],
): readonly (WireRecord | DecodeFault | undefined)[] {
  if (decoded.every(hasIdentity)) return decoded
  const state = states.of(device)
  return decoded.map((record, index) => {
    if (hasIdentity(record)) return record
    const place = { bootId: 0, sequence: (state.sequence + 1) >>> 0 }
    const { tick: own, ...said } = record
    if (said.kind === 'event') {
      state.sequence = place.sequence
      state.end = receivedAt <= state.end + followsWithin ? state.end : receivedAt
      return { ...said, ...place, tick: state.end }
    }
    const { signal } = said
    const end = state.ends[signal] ?? 0
    const start = receivedAt - spanFrom(decoded, index, signal)
    const tick = own !== undefined ? ownTick(state, own, end, start) : arrivalTick(signal, end, start)
    if (tick === undefined) return undefined
    state.sequence = place.sequence
    // Single values have no extent that the next could overlap.
    state.ends[signal] = tick + (signals[signal].form === 'value' ? 1 : spanOf(said))
    state.end = Math.max(state.end, tick + spanOf(said))
    return { ...said, ...place, tick }
  })
}

const hasIdentity = (record: Decoded): record is WireRecord | DecodeFault =>
  record.kind === 'fault' || 'bootId' in record

const spanOf = ({ values, rateHz }: { values: Float32Array; rateHz: number }): number =>
  Math.round((values.length * 1e6) / rateHz)

/** How long the readings of a signal last together, from one of an arrival to its last, µs. */
function spanFrom(decoded: readonly Decoded[], from: number, signal: SignalName): number {
  let span = 0
  for (let i = from; i < decoded.length; i++) {
    const record = decoded[i] as Decoded
    if (record.kind === 'samples' && record.signal === signal) span += spanOf(record)
  }
  return span
}

function arrivalTick(signal: SignalName, end: number, start: number): number {
  const follows = signals[signal].form === 'waveform' && start <= end + followsWithin
  return follows ? end : Math.max(start, end)
}

function ownTick(state: Numbering, own: number, end: number, start: number): number | undefined {
  const tick = state.origin === undefined ? undefined : state.origin + own
  if (tick === undefined || tick < end - repeatsWithin || tick > start + aheadAtMost) {
    const first = Math.max(start, end)
    state.origin = first - own
    return first
  }
  if (tick >= end) return tick
  return tick > end - overlapsWithin ? end : undefined
}
