import type { Random } from '../synthetic/random.ts'
import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

/**
 * Delays each frame by 0 to `upToMicros`, evenly distributed; a frame waits for the one before it, so the order stays. Counts
 * `frames` while active, and the longest delay done, `maxDelayMicros`.
 */
export function* jitter(
  frames: Iterable<TimedFrame>,
  { upToMicros }: { upToMicros: number },
  span: ActiveSpan,
  random: Random,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  counts['frames'] = counts['maxDelayMicros'] = 0
  let last = 0
  for (const frame of frames) {
    let atMicros = frame.atMicros
    if (isActive(span, atMicros)) {
      counts['frames']++
      atMicros += Math.round(random.uniform() * upToMicros)
    }
    last = Math.max(last, atMicros)
    counts['maxDelayMicros'] = Math.max(counts['maxDelayMicros'], last - frame.atMicros)
    yield last === frame.atMicros ? frame : { ...frame, atMicros: last }
  }
}
