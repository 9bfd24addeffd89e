import type { Random } from '../synthetic/random.ts'
import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

interface Held {
  frame: TimedFrame
  index: number
  /** Comes out after the frame with this index has come in. */
  releaseAt: number
  overtaken: boolean
}

/**
 * Lets some frames be overtaken by up to `distance` later ones; no frame moves by more than `distance` places either way,
 * and at most `distance` are held. Counts `frames` while active, and `overtaken`.
 */
export function* reorder(
  frames: Iterable<TimedFrame>,
  { probability, distance }: { probability: number; distance: number },
  span: ActiveSpan,
  random: Random,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  counts['frames'] = counts['overtaken'] = 0
  let held: Held[] = []
  let index = 0
  const overtake = (by: number) => {
    for (const waiting of held) {
      if (waiting.overtaken || waiting.index > by) continue
      waiting.overtaken = true
      counts['overtaken'] = (counts['overtaken'] ?? 0) + 1
    }
  }
  for (const frame of frames) {
    const active = isActive(span, frame.atMicros)
    if (active) counts['frames']++
    if (active && random.uniform() < probability) {
      const places = 1 + Math.floor(random.uniform() * distance)
      held.push({ frame, index, releaseAt: index + places, overtaken: false })
    } else {
      yield frame
      overtake(index)
    }
    const released = held.filter(({ releaseAt }) => releaseAt <= index)
    if (released.length > 0) held = held.filter(({ releaseAt }) => releaseAt > index)
    for (const waiting of released) {
      yield { ...waiting.frame, atMicros: frame.atMicros }
      overtake(waiting.index)
    }
    index++
  }
  for (const { frame } of held) yield frame
}
