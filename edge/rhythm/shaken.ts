import type { Movements } from '../stages/motion.ts'

/**
 * Walking moves a device by 0.15 g and more, work at a desk by less than this. A walk's electrode noise is no stranger to a
 * beat's own band, so that noise power alone does not tell it.
 */
export const strongMovementG = 0.12

/** Looked at, s: seconds of movement are known up to two seconds late. */
const spanSeconds = 8

/**
 * Whether a device itself was shaken strongly in most of the seconds before a moment, as far as they are known: then waves
 * in its ECG may be of its electrodes. False where no acceleration tells.
 * @param tick stream time, integer µs
 */
export function isShakenUpTo(movements: Movements | undefined, tick: number): boolean {
  const last = tick / 1e6
  let known = 0
  let strong = 0
  for (const { second, movement } of movements?.recent ?? []) {
    if (second >= last || second < last - spanSeconds) continue
    known++
    if (movement >= strongMovementG) strong++
  }
  return strong > 0 && 2 * strong >= known
}
