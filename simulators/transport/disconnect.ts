import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

/** What a device has room for while nobody listens. */
export const defaultKeptFrames = 100_000

/**
 * No link for the length of the span. `keeps`: the device remembers the frames and delivers them in order when the link is
 * back, the oldest lost where there are more than `capacity`; otherwise all are lost. Counts `frames` in the span, `kept`
 * and `lost`. A stream that ends before the link is back takes what was kept with it (`undelivered`).
 */
export function* disconnect(
  frames: Iterable<TimedFrame>,
  { keeps, capacity }: { keeps: boolean; capacity: number },
  span: ActiveSpan,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  counts['frames'] = counts['kept'] = counts['lost'] = counts['undelivered'] = 0
  // A ring: the oldest is overwritten.
  const memory: TimedFrame[] = []
  let total = 0
  for (const frame of frames) {
    if (isActive(span, frame.atMicros)) {
      counts['frames']++
      if (!keeps) counts['lost']++
      else memory[total++ % capacity] = frame
      continue
    }
    if (total > 0) {
      yield* remembered()
      total = 0
    }
    yield frame
  }
  // No frame comes after the span: all that the clock knows is the last one's time.
  counts['undelivered'] = Math.min(total, capacity)
  counts['lost'] += Math.max(0, total - (keeps ? capacity : total))

  function* remembered(): Generator<TimedFrame, void, undefined> {
    const kept = Math.min(total, capacity)
    counts['kept'] = kept
    counts['lost'] = total - kept
    for (let i = total - kept; i < total; i++) {
      const frame = memory[i % capacity]
      if (frame) yield { ...frame, atMicros: span.until }
    }
    memory.length = 0
  }
}
