import type { ActivityKind } from './activity.ts'

/** Amplitudes of rhythmic movement at the trunk, g, and steps (or turns) for each step of a walk. */
export interface Movement {
  /** Up and down, at the step rate and at twice that. */
  vertical: number
  verticalSecond: number
  /** Forward at the step rate, sideways at the stride rate. */
  forward: number
  sideways: number
  pace: number
}

const still: Movement = { vertical: 0, verticalSecond: 0, forward: 0, sideways: 0, pace: 1 }

/**
 * Walking: about 0.2 g r.m.s. vertical at a comfortable pace (Menz, Lord & Fitzpatrick, Gait Posture 18:35, 2003). Running:
 * peaks of 2 g and more, at 2.6 to 2.8 steps/s. Stairs: slower and harder than walking. A cycle shakes little.
 */
export const movements: Record<ActivityKind, Movement> = {
  rest: still,
  sleep: still,
  walk: { vertical: 0.26, verticalSecond: 0.1, forward: 0.14, sideways: 0.1, pace: 1 },
  stairs: { vertical: 0.32, verticalSecond: 0.14, forward: 0.17, sideways: 0.14, pace: 0.88 },
  run: { vertical: 1.05, verticalSecond: 0.35, forward: 0.4, sideways: 0.2, pace: 1.5 },
  exercise: { vertical: 0.05, verticalSecond: 0.02, forward: 0.05, sideways: 0.06, pace: 0.75 },
}
