import type { Pulse } from './ppg.ts'

/** Beats that the device averages for the heart rate it reports. */
const averagedBeats = 8
/** A pulse lower than this share of the usual one is not found. */
const foundShare = 0.3
/** Without a pulse for so long the device has no rate any more, s. */
const lostAfterSeconds = 5

/**
 * The heart rate that a device makes of the pulse: the mean over its last beats, without those too weak to be found; NaN
 * until there are two, and when the pulse is lost. Call it once a second with the pulses of the second.
 */
export function pulseMeter(): (second: number, pulses: readonly Pulse[]) => number {
  let intervals: number[] = []
  let last: number | undefined
  let usual = 1
  return (second, pulses) => {
    for (const { footSeconds, amplitude } of pulses) {
      if (amplitude < foundShare * usual) continue
      usual += 0.1 * (amplitude - usual)
      if (last !== undefined && footSeconds > last) intervals.push(footSeconds - last)
      if (intervals.length > averagedBeats) intervals.shift()
      last = footSeconds
    }
    if (last !== undefined && second + 1 - last > lostAfterSeconds) {
      intervals = []
      last = undefined
      usual = 1
    }
    if (intervals.length === 0) return NaN
    let sum = 0
    for (const interval of intervals) sum += interval
    return (60 * intervals.length) / sum
  }
}
