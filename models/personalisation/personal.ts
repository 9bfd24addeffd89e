import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
const count = z.int().min(0)

/** How far a personal model is from its anchor, beside how far it may be. */
export const personalDriftSchema = z.strictObject({
  /** Norm of what was added to the tuned weights over that of the anchor's. */
  weights: z.number().min(0),
  mostWeights: z.number().positive(),
  /** Least score of the personal model over the anchor's, over the probes. */
  probes: z.number().min(0),
  leastProbes: z.number().min(0).max(1),
  /** Share of the tuning that the bounds have left. */
  step: z.number().min(0).max(1),
  /** Personal threshold over the anchor's; within 1/most to most. */
  threshold: z.number().positive(),
  mostThreshold: z.number().min(1),
})
export type PersonalDrift = z.infer<typeof personalDriftSchema>

/** What became of a wearer's windows. */
export const windowCountsSchema = z.strictObject({
  offered: count,
  /** During an alarm, or of low quality. */
  flagged: count,
  /** Too little measured for a score. */
  unscored: count,
  /** Too high a score, of the model's threshold or of the wearer's own windows. */
  unusual: count,
  /** Far from the wearer's other windows. */
  alone: count,
  /** Learnt from. */
  used: count,
})
export type WindowCounts = z.infer<typeof windowCountsSchema>

/** Part of a bundle's manifest that a personal model has. */
export const personalSchema = z.strictObject({
  wearer: z.string().min(1).max(200),
  /** The population model's hash. */
  anchorHash: sha256,
  anchorThreshold: z.number().positive(),
  /** What was in the folder before; `personalise rollback` brings it back. */
  previousHash: sha256,
  /** The anchor's share in every score: whatever the window, the score is at least this share of the anchor's. */
  anchorShare: z.number().min(0).max(1),
  windows: windowCountsSchema,
  drift: personalDriftSchema,
  seed: z.int(),
  backend: z.string(),
  /** ISO 8601. */
  madeAt: z.iso.datetime({ offset: true }),
})
export type Personal = z.infer<typeof personalSchema>
