import type { Random } from '../synthetic/random.ts'
import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

/** Sends some frames twice, one after the other; counts `frames` while active, and `duplicated`. */
export function* duplicate(
  frames: Iterable<TimedFrame>,
  { probability }: { probability: number },
  span: ActiveSpan,
  random: Random,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  counts['frames'] = counts['duplicated'] = 0
  for (const frame of frames) {
    yield frame
    if (!isActive(span, frame.atMicros)) continue
    counts['frames']++
    if (random.uniform() >= probability) continue
    counts['duplicated']++
    // Its own bytes: what damages one copy must leave the other whole.
    yield { ...frame, bytes: frame.bytes.slice() }
  }
}
