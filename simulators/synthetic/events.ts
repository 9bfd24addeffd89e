/**
 * What is made to happen to a synthetic wearer or to its device; the list of them is the ground truth. Times are stream
 * time, in seconds since the device's tick 0.
 */
export interface SimulatedEvent {
  kind: EventKind
  atSeconds: number
  durationSeconds: number
  /** Happens again with this period; absent: once. */
  everySeconds?: number | undefined
  /** Tachycardia: heart rate at its height, beats/min; 150 by default. */
  toPerMinute?: number | undefined
  /** Desaturation: lowest SpO2, %; 82 by default. */
  toPercent?: number | undefined
}

/**
 * `tachycardia`: the heart rate rises within seconds while the wearer is at rest. `desaturation`: SpO2 falls and recovers.
 * `walk`: steps, and a heart rate that fits them. `lead-off`: an electrode comes off; the device notices and says so.
 * `silence`: nothing is heard of the device although it goes on measuring.
 */
export const eventKinds = ['tachycardia', 'desaturation', 'walk', 'lead-off', 'silence'] as const
export type EventKind = (typeof eventKinds)[number]

/** An event that is going on, or starts or ends, within a span. */
export interface Occurrence {
  event: SimulatedEvent
  fromSeconds: number
  /** Exclusive. */
  toSeconds: number
}

/** The occurrence of `kind` that overlaps [from, to), if any; the first in the list where there are several. */
export function occurring(
  events: readonly SimulatedEvent[],
  kind: EventKind,
  from: number,
  to: number,
): Occurrence | undefined {
  for (const event of events) {
    if (event.kind !== kind || to <= event.atSeconds) continue
    // The latest repetition that starts before `to`; at most one can overlap, as an event is no longer than its period.
    const period = event.everySeconds ?? Infinity
    const repetition = period === Infinity ? 0 : Math.ceil((to - event.atSeconds) / period) - 1
    const fromSeconds = event.atSeconds + (repetition === 0 ? 0 : repetition * period)
    const occurrence = { event, fromSeconds, toSeconds: fromSeconds + event.durationSeconds }
    if (occurrence.fromSeconds < to && from < occurrence.toSeconds) return occurrence
  }
  return undefined
}
