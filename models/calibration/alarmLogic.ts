/**
 * What makes alarms of scores, given by the caller: models know no alarms. It must be monotone: with a higher threshold every alarm
 * lies inside one that the lower threshold raises.
 */
export interface AlarmLogic {
  /** For people: `5 of 12 windows above the threshold, over at 1 of 12`. */
  description: string
  /** A wearer of whom nothing is known yet. */
  watch(threshold: number): AlarmWatch
}

export interface AlarmWatch {
  /**
   * Takes the next score of one wearer, in order.
   * @param at stream time, integer µs
   */
  push(at: number, score: number): AlarmChange | undefined
}

/** An alarm begins, with the time of the first window that it goes back to; or it is over. */
export type AlarmChange = { change: 'on'; onset: number } | { change: 'off' }

/** Windows of an alarm: from the first that it goes back to, up to `to`, exclusive. */
export interface AlarmSpan {
  from: number
  to: number
}

/** Stretch of a wearer's scored windows: stream time in integer µs, ascending, and score. */
export interface Scores {
  at: Float64Array
  score: Float64Array
}

/** Every alarm that the windows `from` to `to` (exclusive) raise. */
export function alarmSpans(
  { at, score }: Scores,
  logic: AlarmLogic,
  threshold: number,
  from = 0,
  to = at.length,
): AlarmSpan[] {
  const spans: AlarmSpan[] = []
  const watch = logic.watch(threshold)
  let begun: number | undefined
  for (let i = from; i < to; i++) {
    const change = watch.push(at[i]!, score[i]!)
    if (change?.change === 'on') {
      begun = i
      while (begun > from && at[begun]! > change.onset) begun--
    } else if (change?.change === 'off' && begun !== undefined) {
      spans.push({ from: begun, to: i + 1 })
      begun = undefined
    }
  }
  if (begun !== undefined) spans.push({ from: begun, to })
  return spans
}

/** As `alarmSpans`, the number alone. */
export function countAlarms({ at, score }: Scores, logic: AlarmLogic, threshold: number, from = 0, to = at.length) {
  const watch = logic.watch(threshold)
  let alarms = 0
  for (let i = from; i < to; i++) if (watch.push(at[i]!, score[i]!)?.change === 'on') alarms++
  return alarms
}
