/** How the clock of a device that numbers nothing lies in stream time. */
export interface OwnClock {
  /** Stream time at its 0, µs. */
  origin: number
  /** The least that a reading was behind its arrival since `since` (gateway clock), µs: latency, and what the clock is slow. */
  behind?: { since: number; least: number }
}

/** A clock that jumps ahead by more than this was set: nothing arrives before it is measured, µs. */
const jumpAtMost = 900_000
/** A clock behind for so long by so much is slow, has stood still or was set, µs. What waited somewhere catches up sooner. */
const patience = 20_000_000
const behindAtMost = 2_000_000

/**
 * Stream time of a reading that its device's own clock puts at `own`. The clock is followed from its first arrival, and taken anew
 * where it jumps ahead or stays behind.
 *
 * @param start gateway clock at which the reading began if it arrived without delay, µs
 * @param end stream time up to which the signal was read, µs
 */
export function follow(clock: OwnClock, own: number, start: number, end: number): number {
  const latest = Math.max(start, end)
  if (clock.origin + own > latest + jumpAtMost) {
    clock.origin = latest - own
    delete clock.behind
  }
  const behind = start - (clock.origin + own)
  clock.behind ??= { since: start, least: behind }
  clock.behind.least = Math.min(clock.behind.least, behind)
  if (start - clock.behind.since >= patience || start < clock.behind.since) {
    if (clock.behind.least > behindAtMost) clock.origin += clock.behind.least
    delete clock.behind
  }
  return clock.origin + own
}
