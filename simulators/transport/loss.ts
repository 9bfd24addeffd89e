import type { Random } from '../synthetic/random.ts'
import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

/**
 * Loss of frames after Gilbert and Elliott (Elliott, Bell System Technical Journal 42:1977, 1963): a good and a bad state,
 * each with its own probability of loss. With `enter` 0 the state is always good: each frame is lost by itself.
 */
export interface LossModel {
  /** Probability of loss in the good state. */
  probability: number
  /** Probability, at each frame, of going from good to bad, and from bad to good. */
  enter: number
  leave: number
  /** Probability of loss in the bad state. */
  probabilityInBurst: number
}

/** Drops frames; counts `frames` that came in while active, and `lost`. */
export function* loss(
  frames: Iterable<TimedFrame>,
  { probability, enter, leave, probabilityInBurst }: LossModel,
  span: ActiveSpan,
  random: Random,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  let bad = false
  counts['frames'] = counts['lost'] = 0
  for (const frame of frames) {
    if (isActive(span, frame.atMicros)) {
      counts['frames']++
      bad = random.uniform() < (bad ? 1 - leave : enter)
      if (random.uniform() < (bad ? probabilityInBurst : probability)) {
        counts['lost']++
        continue
      }
    }
    yield frame
  }
}
