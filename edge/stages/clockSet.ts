import type { Tick } from '../flow.ts'

/** Less is what a clock does that is kept in step, µs. */
const smallestStep = 2_000_000

/**
 * Says by how much the gateway's own clock was set between two ticks, µs; 0 where it was not. Whoever waits by that clock
 * adds it to the moment from which it waits. Where ticks do not say what a clock that nobody sets has counted, only a step
 * back is seen.
 */
export function clockSet(): (tick: Tick) => number {
  let before: Tick | undefined
  return (tick) => {
    const last = before
    before = tick
    if (last === undefined) return 0
    const went = tick.now - last.now
    if (tick.steadyMicros === undefined || last.steadyMicros === undefined) return Math.min(0, went)
    const by = went - (tick.steadyMicros - last.steadyMicros)
    return Math.abs(by) < smallestStep ? 0 : Math.round(by)
  }
}
