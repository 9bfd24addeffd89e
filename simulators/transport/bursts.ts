import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

/**
 * A radio that sleeps: every `everyMicros` (counted from the start of the span) it holds frames back for `holdMicros` and
 * then delivers them together, in order. Counts `frames` while active, and `heldBack`.
 */
export function* bursts(
  frames: Iterable<TimedFrame>,
  { everyMicros, holdMicros }: { everyMicros: number; holdMicros: number },
  span: ActiveSpan,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  counts['frames'] = counts['heldBack'] = 0
  for (const frame of frames) {
    if (!isActive(span, frame.atMicros)) {
      yield frame
      continue
    }
    counts['frames']++
    const round = Math.floor((frame.atMicros - span.from) / everyMicros)
    const release = Math.min(span.from + round * everyMicros + holdMicros, span.until)
    if (frame.atMicros >= release) {
      yield frame
      continue
    }
    counts['heldBack']++
    // Later frames are due later still, so a new time is all that holding back takes: nothing is kept here.
    yield { ...frame, atMicros: release }
  }
}
