import { matchBeats } from '../training/matchBeats.ts'

/** Marks of one record: what a detector is held against. */
export interface QrsRecord {
  name: string
  durationSeconds: number
  /** Beats that a person marked, ascending, s. */
  beats: readonly number[]
  /** Ventricular flutter or fibrillation, s: beats are neither asked for nor counted there. */
  fibrillation: readonly { from: number; to: number }[]
}

/** A beat as a detector told it, in stream time, s. */
export interface ToldBeat {
  at: number
  /** The end of the last sample that was needed to tell it. */
  knownAt: number
}

/** ANSI/AAMI EC57: a beat found within 150 ms of a marked one is right; the first five minutes are for learning. */
export const qrsProtocol = {
  toleranceSeconds: 0.15,
  fineToleranceSeconds: 0.05,
  fromSeconds: 300,
  /** A beat told later than this is counted as missed. */
  knownWithinSeconds: 0.4,
} as const

export interface QrsCounts {
  annotated: number
  found: number
  right: number
  /** Right within 50 ms. */
  rightAt50ms: number
  /** Found, but known too late: not among `found`. */
  late: number
  maxDelayMilliseconds: number
}

/** Holds the beats of one record, from a moment on, against the marks. */
export function countQrs(record: QrsRecord, told: readonly ToldBeat[], fromSeconds: number): QrsCounts {
  const { toleranceSeconds, fineToleranceSeconds, knownWithinSeconds } = qrsProtocol
  const counted = (at: number) =>
    at >= fromSeconds && !record.fibrillation.some(({ from, to }) => at >= from && at <= to)
  const inTime = told.filter(({ at, knownAt }) => knownAt - at <= knownWithinSeconds)
  const found = inTime.map(({ at }) => at)
  const delays = told.filter(({ at }) => at >= fromSeconds).map(({ at, knownAt }) => knownAt - at)
  // Matched over the whole record, so that a beat beside a border is not lost; counted where the mark lies, or else the beat.
  const rightWithin = (tolerance: number) => {
    const matches = matchBeats(found, record.beats, tolerance)
    return matches.reduce((sum, mark) => sum + (mark >= 0 && counted(record.beats[mark]!) ? 1 : 0), 0)
  }
  const matches = matchBeats(found, record.beats, toleranceSeconds)
  const foundCounted = found.filter((at, i) => counted(matches[i]! >= 0 ? record.beats[matches[i]!]! : at))
  return {
    annotated: record.beats.filter(counted).length,
    found: foundCounted.length,
    right: rightWithin(toleranceSeconds),
    rightAt50ms: rightWithin(fineToleranceSeconds),
    late: told.filter(({ at, knownAt }) => at >= fromSeconds && knownAt - at > knownWithinSeconds).length,
    maxDelayMilliseconds: Math.round(1000 * delays.reduce((most, delay) => Math.max(most, delay), 0)),
  }
}

export interface QrsMetrics {
  sensitivity: number
  ppv: number
  f1At50ms: number
  maxDelayMilliseconds: number
}

/** Of one record. */
export function qrsMetrics(counts: QrsCounts): QrsMetrics {
  const { annotated, found, right, rightAt50ms, maxDelayMilliseconds } = counts
  return {
    sensitivity: right / annotated,
    ppv: right / found,
    f1At50ms: (2 * rightAt50ms) / (annotated + found),
    maxDelayMilliseconds,
  }
}

/** Gross over records: every beat counts once (EC57, "gross" statistics). */
export function grossQrs(counts: readonly QrsCounts[]): QrsCounts {
  const sum = (key: keyof QrsCounts) => counts.reduce((total, one) => total + one[key], 0)
  return {
    annotated: sum('annotated'),
    found: sum('found'),
    right: sum('right'),
    rightAt50ms: sum('rightAt50ms'),
    late: sum('late'),
    maxDelayMilliseconds: Math.max(...counts.map((one) => one.maxDelayMilliseconds)),
  }
}

/** Episodes between `[` and `]`; one that has no end lasts to the end of the record. Marks ascending, s. */
export function fibrillationOf(marks: readonly { at: number; code: string }[], durationSeconds: number) {
  const episodes: { from: number; to: number }[] = []
  let from: number | undefined
  for (const { at, code } of marks) {
    if (code === '[') from ??= at
    if (code === ']' && from !== undefined) {
      episodes.push({ from, to: at })
      from = undefined
    }
  }
  if (from !== undefined) episodes.push({ from, to: durationSeconds })
  return episodes
}
