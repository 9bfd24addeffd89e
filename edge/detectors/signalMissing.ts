import type { NoReadingCause } from '../../firmware-bridge/records.ts'
import { signals as signalTable, type SignalName } from '../../firmware-bridge/signals.ts'
import { endTick, stampOf, type Finding, type Flow, type Verdict } from '../flow.ts'
import type { Contact } from '../stages/contact.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

interface Followed {
  /** Stream time up to which it was last measured, µs. */
  until: number
  /** The shortest time between two measurements, µs: what this device's rhythm is. */
  period?: number
  missing?: true
  /** Why the device has no value, if it said so since the last one. */
  cause?: NoReadingCause | undefined
  /** Of a waveform, µs: measured without a hole up to now, and what is missing at its end. */
  whole?: number
  hole?: number
  /** Something came since `until`, in pieces too short to be used. */
  pieces?: true | undefined
}

interface Signals {
  bootId: number
  wearer: string
  /** Stream time up to which the device measured anything, µs. */
  deviceUntil: number
  signals: Partial<Record<SignalName, Followed>>
  /** Waveforms that the device says it sends. */
  declared?: SignalName[]
}

/** Stream time without a measurement, µs, or three periods of the signal where it comes more rarely. */
const missingAfter = 10_000_000
/** Of intervals, which are known only where a beat is clear, while something else of the same device tells of the pulse, µs. */
const intervalsMissingAfter = 300_000_000
const pulseSignals = ['heartRate', 'ppg', 'ecg'] as const satisfies SignalName[]
/** A waveform counts as measured from so long a stretch on, µs; shorter holes than these, µs and samples, are none. */
const leastWhole = 900_000
const bridged = { micros: 40_000, samples: 2 } as const
/** One missing sample undoes so many: with a tenth missing nothing is made of the rest. */
const undoneBy = 9

/**
 * A signal that the device used to measure and does not measure any more while it goes on with others; values that the device
 * could not measure (NaN) or that cannot be true do not count, nor does a waveform in pieces of less than a second. A waveform is
 * expected from the first word of it on, be it only that the device sends one. Intervals between beats may be away for
 * minutes while the device still measures the pulse. Off the body or with a lead off an ECG is not expected.
 */
export function signalMissing(contacts: KeyedState<Contact>): Detector {
  const fresh = (): Signals => ({ bootId: -1, wearer: '', deviceUntil: -1, signals: {} })
  const state = new KeyedState(plainState<Signals>('signals', 1, fresh))
  return {
    name: 'signal-missing',
    state: [state],
    takes: ['gap', 'said', 'device-event', 'samples', 'vital'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'gap') {
        // What the whole device did not send is told as a gap.
        for (const followed of Object.values(state.of(item.device).signals))
          followed.until = Math.max(followed.until, item.untilTick)
        return
      }
      if (item.kind === 'said' && item.record.kind === 'hello') {
        const declared = item.record.signals.filter(isWaveform)
        if (declared.length > 0) state.of(item.device).declared = declared
        return
      }
      if (item.kind === 'device-event' && item.signal !== undefined && item.cause !== undefined) {
        const followed = state.peek(item.device)?.signals[item.signal]
        if (followed !== undefined && followed.cause !== item.cause)
          state.of(item.device).signals[item.signal] = { ...followed, cause: item.cause }
        return
      }
      if (item.kind !== 'samples' && (item.kind !== 'vital' || item.from !== 'device')) return
      const known = stateFor(state, item)
      const before = known.deviceUntil
      const until = item.kind === 'samples' ? endTick(item) : item.tick
      known.deviceUntil = Math.max(before, until)
      for (const signal of known.declared ?? []) known.signals[signal] ??= { until: item.tick, period: 1e6 }
      if (isMeasured(known, item)) {
        const followed = (known.signals[item.signal] ??= { until: item.kind === 'samples' ? item.tick : until })
        followed.pieces = undefined
        if (until > followed.until) {
          const period = until - followed.until
          if (followed.missing !== true) followed.period = Math.min(followed.period ?? period, period)
          followed.until = until
          if (followed.cause !== undefined) followed.cause = undefined
        }
        if (followed.missing === true) {
          delete followed.missing
          emit(found(item, item.signal, false))
        }
      }
      const leadOff = contacts.peek(item.device)?.off !== undefined
      for (const name in known.signals) {
        const signal = name as SignalName
        const followed = known.signals[signal]!
        if (leadOff && signal === 'ecg') followed.until = Math.max(followed.until, known.deviceUntil)
        const silentFor = known.deviceUntil - followed.until
        // Measured once, a signal has no rhythm that could be missed.
        if (followed.period === undefined || silentFor < Math.max(patience(known, signal), 3 * followed.period))
          continue
        if (followed.missing !== true) {
          followed.missing = true
          emit(found({ ...item, ...stampOf(item, followed.until) }, signal, true, followed))
        }
        if (known.deviceUntil > before) emit(unjudged(item, signal, before, known.deviceUntil))
      }
    },
  }
}

type Measured = Extract<Flow, { kind: 'samples' | 'vital' }>

function stateFor(state: KeyedState<Signals>, { device, bootId, wearer }: Measured): Signals {
  const known = state.of(device)
  if (known.bootId === bootId && known.wearer === wearer) return known
  // What it said that it sends holds for whoever wears it.
  return Object.assign(known, { bootId, wearer, deviceUntil: -1, signals: {} })
}

function isWaveform(signal: SignalName): boolean {
  return signalTable[signal].form === 'waveform'
}

/** How long a signal may be away, µs. */
function patience({ signals, deviceUntil }: Signals, signal: SignalName): number {
  if (signal !== 'rrInterval') return missingAfter
  const hasPulse = pulseSignals.some((other) => deviceUntil - (signals[other]?.until ?? -Infinity) < missingAfter)
  return hasPulse ? intervalsMissingAfter : missingAfter
}

/** A value was; a waveform where what came now ends a long enough stretch without a hole. */
function isMeasured(known: Signals, item: Measured): boolean {
  if (item.kind === 'vital') return true
  const { signal, values, rateHz, tick } = item
  if (!isWaveform(signal)) return values.some((value) => !Number.isNaN(value))
  const period = 1e6 / rateHz
  const followed = (known.signals[signal] ??= { until: tick, period: values.length * period })
  const mostHole = Math.max(bridged.micros, bridged.samples * period)
  let { whole = 0, hole = 0 } = followed
  let measured = false
  let any = false
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) {
      hole += period
      whole = hole > mostHole ? 0 : Math.max(0, whole - undoneBy * period)
      continue
    }
    whole += period
    hole = 0
    any = true
    if (whole >= leastWhole) measured = true
  }
  if (any) followed.pieces = true
  // More than enough need not be counted.
  followed.whole = Math.min(whole, leastWhole)
  followed.hole = Math.min(hole, 2 * mostHole)
  return measured
}

function found(
  item: Measured,
  signal: SignalName,
  abnormal: boolean,
  { cause, pieces }: Partial<Followed> = {},
): Finding {
  return {
    kind: 'finding',
    ...stampOf(item),
    code: 'signal-missing',
    about: signal,
    abnormal,
    timing: 'stream',
    params: { signal, ...(cause !== undefined && { cause }), ...(pieces && { how: 'in pieces' }) },
  }
}

function unjudged(item: Measured, signal: SignalName, from: number, untilTick: number): Verdict {
  const stretch = { ...stampOf(item, Math.max(0, from)), signals: [signal], untilTick }
  return { kind: 'verdict', detector: 'signal-missing', ...stretch, verdict: 'not-assessable', reason: 'missing' }
}
