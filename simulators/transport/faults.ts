import { z } from 'zod'
import { duration, positiveDuration } from '../scenario/duration.ts'
import { expectations } from '../scenario/expectation.ts'
import { defaultKeptFrames } from './disconnect.ts'

const probability = z.number().min(0).max(1)
const span = {
  /** After the device's start. */
  at: duration.default(0),
  /** Absent: to the end of the run. */
  for: positiveDuration.optional(),
  ...expectations,
}
const instant = { at: duration, ...expectations }

/** What can happen between a device's sensor and the gateway; one file each in this folder. */
export const transportFault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('reboot'),
    ...instant,
    /** Until it is up again. */
    for: positiveDuration.default(3),
  }),
  z.strictObject({
    kind: z.literal('clock-step'),
    ...instant,
    /** Forward; with `back: true` backward. */
    by: positiveDuration,
    back: z.boolean().default(false),
    of: z.enum(['time-of-day', 'ticks']).default('time-of-day'),
  }),
  z.strictObject({ kind: z.literal('clock-drift'), ppm: z.number().min(-10_000).max(10_000), ...expectations }),
  z.strictObject({
    kind: z.literal('disconnect'),
    ...span,
    for: positiveDuration,
    keeps: z.boolean(),
    capacity: z.int().min(1).max(1_000_000).default(defaultKeptFrames),
  }),
  z.strictObject({ kind: z.literal('bursts'), ...span, every: positiveDuration, hold: positiveDuration }),
  z.strictObject({
    kind: z.literal('loss'),
    ...span,
    probability: probability.default(0),
    /** Gilbert and Elliott: runs of bad frames. `enter` and `leave` are probabilities a frame. */
    bursts: z.strictObject({ enter: probability, leave: probability, probability: probability.default(1) }).optional(),
  }),
  z.strictObject({ kind: z.literal('duplicate'), ...span, probability }),
  z.strictObject({ kind: z.literal('reorder'), ...span, probability, distance: z.int().min(1).max(1000) }),
  z.strictObject({ kind: z.literal('jitter'), ...span, upTo: positiveDuration }),
  z.strictObject({ kind: z.literal('bit-flips'), ...span, perByte: probability }),
])

export type TransportFault = z.infer<typeof transportFault>

/**
 * The order in which faults act, whatever the order in the file; within a kind the file's. First the device's clock (on
 * records), then the link (on encoded frames).
 */
export const orderOfFaults = [
  'reboot',
  'clock-step',
  'clock-drift',
  'disconnect',
  'bursts',
  'loss',
  'duplicate',
  'reorder',
  'jitter',
  'bit-flips',
] as const satisfies readonly TransportFault['kind'][]
