import { setTimeout as sleep } from 'node:timers/promises'

/** Times as fast as life; `max` does not wait at all. */
export type Speed = number | 'max'

/** What pacing needs of the world. */
export interface PaceClock {
  /** Monotonic, ms. */
  nowMillis(): number
  /** Rejects with the signal's reason when it is aborted. */
  sleep(millis: number, signal: AbortSignal | undefined): Promise<void>
}

export const wallClock: PaceClock = {
  nowMillis: () => performance.now(),
  sleep: async (millis, signal) => {
    await sleep(millis, undefined, signal ? { signal } : {})
  },
}

/** Shorter waits are not worth a timer: several records go out together instead. */
const worthWaitingMillis = 2

/**
 * Passes items on when their stream time has come, at `speed`; the first call starts the clock at stream time 0. Being late
 * (a slow wire) is made up for as fast as the wire allows. `aborted` ends a wait at once by rejecting.
 */
export function pacer(
  speed: Speed,
  clock: PaceClock = wallClock,
  aborted?: AbortSignal,
): (atMicros: number) => Promise<void> | undefined {
  if (speed === 'max') return () => undefined
  let startMillis: number | undefined
  return (atMicros) => {
    const now = clock.nowMillis()
    startMillis ??= now
    const wait = startMillis + atMicros / 1000 / speed - now
    return wait < worthWaitingMillis ? undefined : clock.sleep(wait, aborted)
  }
}
