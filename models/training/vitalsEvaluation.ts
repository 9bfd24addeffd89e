import type { VitalsWindow } from '../inputs/vitalsWindows.ts'
import { auroc } from './measures.ts'

/** Something that happened to a wearer, and how soon somebody should be told. */
export interface VitalsEvent {
  kind: string
  /** Integer µs on the windows' time. */
  from: number
  to: number
  withinSeconds: number
}

/** Windows of one person. */
export interface VitalsSource {
  seed: number
  windows: readonly VitalsWindow[]
  events: readonly VitalsEvent[]
}

/** A window as a detector has scored it; `undefined` where it could not. */
export interface ScoredWindow {
  from: number
  to: number
  score: number | undefined
}

/** Anomalous windows in a row that make an alarm, and the quiet after which it is over, s: as the gateway has it. */
export const windowsForAlarm = 3
const quietSeconds = 300

/** Begin of each alarm, as the end of the window that raised it, µs. */
export function alarmsOf(windows: readonly ScoredWindow[], threshold: number): number[] {
  const alarms: number[] = []
  let inRow = 0
  let active = false
  let last = -Infinity
  for (const { to, score } of windows) {
    if (score === undefined) continue
    if (score > threshold) {
      inRow++
      last = to
      if (!active && inRow >= windowsForAlarm) {
        active = true
        alarms.push(to)
      }
    } else {
      inRow = 0
      if (to - last >= quietSeconds * 1e6) active = false
    }
  }
  return alarms
}

/** The lowest threshold with at most so many alarms a wearer-day on normal windows, among their own scores. */
export function thresholdFor(persons: readonly (readonly ScoredWindow[])[], alarmsPerDay: number): number {
  const candidates = persons.flatMap((windows) => windows.flatMap(({ score }) => score ?? []))
  candidates.sort((a, b) => a - b)
  let low = 0
  let high = candidates.length - 1
  // Below the middle of the scores alarms run together; above it their rate falls.
  low = Math.floor(high / 2)
  while (low < high) {
    const middle = (low + high) >> 1
    if (alarmRate(persons, candidates[middle]!) > alarmsPerDay) low = middle + 1
    else high = middle
  }
  return candidates[high] ?? NaN
}

/** Alarms a wearer-day that could be judged. */
export function alarmRate(persons: readonly (readonly ScoredWindow[])[], threshold: number): number {
  const alarms = persons.reduce((sum, windows) => sum + alarmsOf(windows, threshold).length, 0)
  return alarms / judgedDays(persons)
}

export function judgedDays(persons: readonly (readonly ScoredWindow[])[]): number {
  const minutes = persons.reduce((sum, windows) => sum + windows.filter(({ score }) => score !== undefined).length, 0)
  return minutes / 1440
}

export interface EventMeasures {
  events: number
  /** Share of the events with an alarm in time: one that begins in it, or stands when it is due. */
  detected: number
  /** Median of the delays of those, s. */
  medianDelaySeconds: number
  /** Of windows that lie in the event for at least a minute, against the same persons' others. */
  auroc: number
}

/** How the events of each kind were found. */
export function measureEvents(
  persons: readonly { source: VitalsSource; scored: readonly ScoredWindow[] }[],
  threshold: number,
): Record<string, EventMeasures> {
  const kinds = [...new Set(persons.flatMap(({ source }) => source.events.map(({ kind }) => kind)))]
  return Object.fromEntries(
    kinds.map((kind) => {
      const delays: number[] = []
      const inside: number[] = []
      const outside: number[] = []
      let events = 0
      for (const { source, scored } of persons) {
        const alarms = alarmsOf(scored, threshold)
        const own = source.events.filter((event) => event.kind === kind)
        for (const { from, withinSeconds } of own) {
          events++
          const alarm = alarms.find((at) => at > from && at <= from + withinSeconds * 1e6)
          if (alarm !== undefined) delays.push((alarm - from) / 1e6)
        }
        for (const { from, to, score } of scored) {
          if (score === undefined || own.length === 0) continue
          if (own.some((event) => to >= event.from + 60e6 && from <= event.to - 60e6)) inside.push(score)
          else if (source.events.every((event) => to <= event.from || from >= event.to + 3600e6)) outside.push(score)
        }
      }
      delays.sort((a, b) => a - b)
      const medianDelaySeconds = delays[delays.length >> 1] ?? NaN
      return [kind, { events, detected: delays.length / events, medianDelaySeconds, auroc: auroc(inside, outside) }]
    }),
  )
}
