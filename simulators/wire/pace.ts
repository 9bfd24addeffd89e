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

/** Shorter waits are not worth a timer: several messages go out together instead. */
const worthWaitingMillis = 2

export interface Pace {
  /** Resolves when this stream time has come; undefined: it has. Rejects at once when the signal is aborted. */
  due: (atMicros: number) => Promise<void> | undefined
  /** How late this stream time is, ms of wall time; 0 at full speed, which has no schedule. */
  lagMillis: (atMicros: number) => number
}

export interface PaceOptions {
  clock?: PaceClock | undefined
  signal?: AbortSignal | undefined
  /** Sleeps at least so long, so that a sender with much to send is woken less often; ms. */
  leastSleepMillis?: number | undefined
}

/**
 * Passes items on when their stream time has come, at `speed`; the first call starts the clock at stream time 0. Being late
 * (a slow wire) is made up for as fast as the wire allows.
 */
export function pacer(speed: Speed, { clock = wallClock, signal, leastSleepMillis = 0 }: PaceOptions = {}): Pace {
  if (speed === 'max') return { due: () => undefined, lagMillis: () => 0 }
  let startMillis: number | undefined
  const lagMillis = (atMicros: number) => {
    const now = clock.nowMillis()
    startMillis ??= now
    return now - startMillis - atMicros / 1000 / speed
  }
  return {
    lagMillis,
    due(atMicros) {
      const wait = -lagMillis(atMicros)
      return wait < worthWaitingMillis ? undefined : clock.sleep(Math.max(wait, leastSleepMillis), signal)
    },
  }
}
