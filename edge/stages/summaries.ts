import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { BeatSeen, Flow, Stage } from '../flow.ts'
import { schemaVersion, type Summary } from '../messages.ts'
import { KeyedState } from '../state/keyedState.ts'
import { isoOf } from '../time.ts'
import { clockSet } from './clockSet.ts'
import { Variability, type VariabilitySnapshot } from '../vitals/variability.ts'

/** What one second of gateway time held. */
interface Second {
  /** Seconds since the epoch. */
  start: number
  means: Partial<Record<SignalName, { sum: number; count: number }>>
  score?: number
  threshold?: number
  judged: boolean
  unjudged: boolean
  beats: number
  anomalousBeats: number
  ventricularBeats?: number
  supraventricularBeats?: number
}

interface WearerSummaries {
  open: Second[]
  /** The seconds of the current minute that are closed. */
  minute: Second[]
  /** Seconds up to and including this one are written and stay as they are. */
  closedUpTo: number
  newest: number
  first: number | null
  assessableSeconds: number
  /** Gateway clock at which this wearer was last heard, µs. */
  heardAt: number
  variability: Variability
  /** The device whose beats it is made of, and when that gave the last one, gateway time in µs. */
  heart: { device: string; at: number }
  /** By device and signal: the second of its last value. */
  valueAt: Record<string, number>
}

interface SavedSummaries extends Omit<WearerSummaries, 'heardAt' | 'variability' | 'heart' | 'valueAt'> {
  /** Absent in files of versions that knew none of it. */
  variability?: VariabilitySnapshot
  heart?: WearerSummaries['heart']
  valueAt?: WearerSummaries['valueAt']
}

/** A second stays open for this long behind the newest sample, seconds: beats are known late, devices send apart. */
const latenessSeconds = 3
/** Without news for this long, µs of wall clock, what is open is closed. */
const idleMicros = 30_000_000
/** Of two devices with an ECG one tells the intervals; the other takes its place after so long without a beat of it, µs. */
const otherHeartMicros = 10_000_000
const noHeart = { device: '', at: -1e15 }
/** A value speaks of the time since the one before it, up to so many seconds: devices send every five or ten. */
const valueSpanSeconds = 10

export const summaryStates = (now: () => number): KeyedState<WearerSummaries> =>
  new KeyedState<WearerSummaries>({
    part: 'summaries',
    version: 1,
    create: () => ({
      open: [],
      minute: [],
      closedUpTo: -1,
      newest: -1,
      first: null,
      assessableSeconds: 0,
      heardAt: now(),
      variability: new Variability(),
      heart: noHeart,
      valueAt: {},
    }),
    snapshot: ({ variability, ...rest }) => ({ ...rest, variability: variability.snapshot() }),
    restore(saved) {
      const { variability, heart, valueAt, ...rest } = saved as SavedSummaries
      return {
        ...rest,
        // What was under way when the gateway stopped may still be delivered again: the wait begins anew.
        heardAt: now(),
        variability: variability === undefined ? new Variability() : Variability.restore(variability),
        heart: heart ?? noHeart,
        valueAt: valueAt ?? {},
      }
    },
  })

/** Share of the elapsed time in which the wearer was assessable, 0 to 1. */
export function coverageOf(state: WearerSummaries | undefined): number {
  if (state === undefined || state.first === null || state.closedUpTo < state.first) return 0
  return Math.min(1, state.assessableSeconds / (state.closedUpTo - state.first + 1))
}

/** Kinds of items that go into summaries, or end them. */
export const summarised = [
  'tick',
  'device-event',
  'restart',
  'clock-step',
  'vital',
  'verdict',
  'beat',
] as const satisfies Flow['kind'][]

/** Makes a summary of each second and each minute of every wearer, as things pass. */
export function summarise(gateway: string, states: KeyedState<WearerSummaries>, now: () => number): Stage {
  const setBy = clockSet()
  return (item, emit) => {
    emit(item)
    if (item.kind === 'tick') {
      const by = setBy(item)
      if (by !== 0) for (const [, state] of states.entries()) state.heardAt += by
      for (const [wearer, state] of states.entries())
        if (state.open.length > 0 && item.now - state.heardAt > idleMicros)
          closeAll(gateway, wearer, states.of(wearer), emit)
      return
    }
    if (item.kind === 'device-event' && item.code === 'session-end') {
      closeAll(gateway, item.wearer, states.of(item.wearer), emit)
      return
    }
    if (item.kind === 'restart' || item.kind === 'clock-step') {
      const state = states.of(item.wearer)
      close(gateway, item.wearer, state, Infinity, emit)
      // Gateway time may go on from an earlier moment: what comes then must not count as late.
      const before = Math.floor(item.sampledAt / 1e6) - 1
      state.closedUpTo = Math.min(state.closedUpTo, before)
      state.newest = Math.min(state.newest, before)
      if (state.first !== null) state.first = Math.min(state.first, before + 1)
      return
    }
    if (item.kind !== 'vital' && item.kind !== 'verdict' && item.kind !== 'beat') return
    if (item.kind === 'verdict' && item.advisory) return
    const state = states.of(item.wearer)
    state.heardAt = now()
    note(state, item)
    close(gateway, item.wearer, state, state.newest - latenessSeconds, emit)
  }
}

/** Closes what is open. If the minute goes on after all, its summary is written over. */
function closeAll(gateway: string, wearer: string, state: WearerSummaries, emit: (item: Flow) => void): void {
  if (state.open.length === 0) return
  close(gateway, wearer, state, Infinity, emit)
  emit({ kind: 'summary', summary: minuteOf(gateway, wearer, state) })
}

function note(state: WearerSummaries, item: Extract<Flow, { kind: 'vital' | 'verdict' | 'beat' }>): void {
  const start = Math.floor(item.sampledAt / 1e6)
  if (item.kind === 'verdict') {
    // A verdict speaks of every second that its stretch touches; a long gap of its last minute only.
    const last = Math.floor((item.sampledAt + item.untilTick - item.tick - 1) / 1e6)
    const assessed = item.verdict === 'normal' || item.verdict === 'anomalous'
    for (let at = Math.max(start, last - 59); at <= last; at += 1) {
      const second = secondAt(state, at)
      if (second === undefined) continue
      if (assessed) second.judged = true
      else second.unjudged = true
    }
    const second = secondAt(state, start)
    if (second !== undefined && assessed) {
      second.score = Math.max(second.score ?? -Infinity, item.score)
      second.threshold = item.threshold
      if (item.verdict === 'anomalous') second.anomalousBeats += 1
    }
    return
  }
  if (item.kind === 'beat') noteInterval(state, item)
  const second = secondAt(state, start)
  if (second === undefined) return
  if (item.kind === 'beat') {
    second.beats += 1
    if (item.label === 'ventricular') second.ventricularBeats = (second.ventricularBeats ?? 0) + 1
    if (item.label === 'supraventricular') second.supraventricularBeats = (second.supraventricularBeats ?? 0) + 1
    return
  }
  second.judged = true
  noteSpan(state, `${item.device} ${item.signal}`, start)
  if (item.spare !== undefined) return
  const mean = (second.means[item.signal] ??= { sum: 0, count: 0 })
  mean.sum += item.value
  mean.count += 1
}

/** The seconds between two values are judged by the later one. */
function noteSpan(state: WearerSummaries, of: string, start: number): void {
  const before = state.valueAt[of]
  state.valueAt[of] = start
  if (before === undefined || start - before > valueSpanSeconds) return
  for (let at = before + 1; at < start; at++) {
    const second = secondAt(state, at)
    if (second !== undefined) second.judged = true
  }
}

function noteInterval(state: WearerSummaries, { device, sampledAt, beat, label }: BeatSeen): void {
  const isOther = device !== state.heart.device
  if (isOther && Math.abs(sampledAt - state.heart.at) < otherHeartMicros) return
  state.heart = { device, at: sampledAt }
  // The first beat of another device follows on nothing.
  state.variability.push(sampledAt, isOther ? undefined : beat.rrSeconds, label === 'usual')
}

/** The open second `start`, or undefined if it is closed already. */
function secondAt(state: WearerSummaries, start: number): Second | undefined {
  if (start <= state.closedUpTo) return undefined
  let second = state.open.find((known) => known.start === start)
  if (second === undefined) {
    second = { start, means: {}, judged: false, unjudged: false, beats: 0, anomalousBeats: 0 }
    const isLast = start > (state.open.at(-1)?.start ?? -Infinity)
    state.open.push(second)
    if (!isLast) state.open.sort((a, b) => a.start - b.start)
  }
  state.newest = Math.max(state.newest, start)
  state.first = state.first === null ? start : state.first
  return second
}

function close(
  gateway: string,
  wearer: string,
  state: WearerSummaries,
  upTo: number,
  emit: (item: Flow) => void,
): void {
  while (state.open[0] !== undefined && state.open[0].start <= upTo) {
    const second = state.open.shift() as Second
    const minute = Math.floor(second.start / 60)
    const previous = state.minute[0]
    if (previous !== undefined && Math.floor(previous.start / 60) !== minute) {
      emit({ kind: 'summary', summary: minuteOf(gateway, wearer, state) })
      state.minute = []
    }
    state.minute.push(second)
    state.closedUpTo = second.start
    if (assessable(second)) state.assessableSeconds += 1
    emit({ kind: 'summary', summary: summaryOf(gateway, wearer, [second], 1) })
  }
}

function assessable(second: Second): boolean {
  return second.judged && !second.unjudged
}

/** A minute says also how the heart beat varied, of the five minutes up to its end. */
function minuteOf(gateway: string, wearer: string, { minute, variability }: WearerSummaries): Summary {
  const found = variability.value(Math.floor((minute[0]?.start ?? 0) / 60))
  return {
    ...summaryOf(gateway, wearer, minute, 60),
    ...(found && { rmssdMillis: round(found.rmssd), sdnnMillis: round(found.sdnn) }),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function summaryOf(gateway: string, wearer: string, seconds: readonly Second[], spanSeconds: 1 | 60): Summary {
  const first = seconds[0] as Second
  let score: number | undefined
  let threshold: number | undefined
  let assessableSeconds = 0
  let beats = 0
  let anomalousBeats = 0
  for (const second of seconds) {
    if (second.score !== undefined) score = Math.max(score ?? -Infinity, second.score)
    threshold = second.threshold ?? threshold
    if (assessable(second)) assessableSeconds += 1
    beats += second.beats
    anomalousBeats += second.anomalousBeats
  }
  const summary: Summary = {
    schemaVersion,
    gateway,
    wearer,
    spanSeconds,
    at: isoOf(Math.floor(first.start / spanSeconds) * spanSeconds * 1e6),
    means: meansOf(seconds),
    assessableSeconds,
    beats,
    anomalousBeats,
  }
  if (score !== undefined) summary.score = score
  if (threshold !== undefined) summary.threshold = threshold
  return seconds.length < 2 ? summary : { ...summary, ...burden(seconds) }
}

function meansOf(seconds: readonly Second[]): Summary['means'] {
  const sums: Second['means'] = {}
  for (const { means } of seconds)
    for (const name in means) {
      const signal = name as SignalName
      const total = (sums[signal] ??= { sum: 0, count: 0 })
      total.sum += means[signal]!.sum
      total.count += means[signal]!.count
    }
  const means: Summary['means'] = {}
  for (const name in sums) means[name as SignalName] = sums[name as SignalName]!.sum / sums[name as SignalName]!.count
  return means
}

/** Of a minute that has any; a second is too short to say anything of a burden. */
function burden(seconds: readonly Second[]): Pick<Summary, 'ventricularBeats' | 'supraventricularBeats'> {
  if (seconds.length < 2) return {}
  const ventricularBeats = seconds.reduce((sum, second) => sum + (second.ventricularBeats ?? 0), 0)
  const supraventricularBeats = seconds.reduce((sum, second) => sum + (second.supraventricularBeats ?? 0), 0)
  return {
    ...(ventricularBeats > 0 && { ventricularBeats }),
    ...(supraventricularBeats > 0 && { supraventricularBeats }),
  }
}
