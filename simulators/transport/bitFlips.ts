import type { Random } from '../synthetic/random.ts'
import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'
import { isActive } from './timedFrame.ts'

/**
 * Turns one bit in some bytes over, each byte with probability `perByte`, delimiters as well. Counts `frames` while active,
 * `damaged` frames and `flipped` bits.
 */
export function* bitFlips(
  frames: Iterable<TimedFrame>,
  { perByte }: { perByte: number },
  span: ActiveSpan,
  random: Random,
  counts: FaultCounts,
): Generator<TimedFrame, void, undefined> {
  counts['frames'] = counts['damaged'] = counts['flipped'] = 0
  // Bytes that stay whole until the next flip are geometrically distributed: one draw a flip, not one a byte.
  const untilNext = () => {
    if (perByte <= 0 || perByte >= 1) return perByte <= 0 ? Infinity : 0
    return Math.floor(Math.log(1 - random.uniform()) / Math.log1p(-perByte))
  }
  let ahead = untilNext()
  for (const frame of frames) {
    if (!isActive(span, frame.atMicros)) {
      yield frame
      continue
    }
    counts['frames']++
    const { length } = frame.bytes
    if (ahead >= length) {
      ahead -= length
      yield frame
      continue
    }
    counts['damaged']++
    const bytes = frame.bytes.slice()
    let at = ahead
    for (; at < length; at += 1 + untilNext()) {
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random.uniform() * 8))
      counts['flipped']++
    }
    ahead = at - length
    yield { ...frame, bytes }
  }
}
