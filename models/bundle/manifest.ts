import { z } from 'zod'
import { calibrationSchema } from '../calibration/calibration.ts'
import { modelSchema } from '../detectors/model.ts'
import { personalSchema } from '../personalisation/personal.ts'
import { driftReferenceSchema, scoreQuantilesSchema } from './driftReference.ts'
import { inputKindNames, inputKinds } from './inputKinds.ts'
import { signatureSchema } from './signature.ts'

/**
 * A bundle of another version does not load: evidence refers to its hash, which a changed manifest would no longer have, and what
 * a newer version needs (calibration scores, drift reference) cannot be made from an older one. Its `training.command` makes
 * it anew.
 */
export const bundleSchemaVersion = 2

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
const figures = z.record(z.string(), z.number())
/** Models calculate in 32 bits. */
const float32 = z.number().refine((value) => Number.isFinite(Math.fround(value)), 'a number within 32-bit range')

const inputSchema = z.looseObject({ kind: z.enum(inputKindNames) }).superRefine((received, context) => {
  const expected: Record<string, unknown> = { kind: received.kind, ...inputKinds[received.kind].schema }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(received)])) {
    const want = JSON.stringify(expected[key])
    if (want !== JSON.stringify(received[key])) {
      context.addIssue({ code: 'custom', path: [key], message: want ?? 'no such field' })
    }
  }
})

/** Model card (Mitchell et al., FAT* 2019): what a person should know before relying on a model. */
const cardSchema = z.strictObject({
  purpose: z.string().min(1),
  /** What it has learnt from, and what that is not. */
  data: z.string().min(1),
  /** Whether it has learnt from, or was judged on, simulated wearers alone. */
  simulated: z.boolean(),
  /** What it may do when it runs. */
  alarms: z.enum(['on', 'low priority', 'off']),
  /** How the figures were measured. */
  evaluation: z.string().min(1),
  metrics: figures,
  /** The same figures of simpler models, on the same data. */
  baselines: z.record(z.string(), figures),
  /** A metric by recording. */
  byRecord: z.record(z.string(), figures).optional(),
  limits: z.array(z.string().min(1)).min(1),
})

/** The part of a bundle that people and programs read; `bundle.json`. */
export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(bundleSchemaVersion),
  name: z.string().min(1).max(100),
  /** Held against the program's own input schema, field by field. */
  inputSchema,
  /** UCUM unit of each signal, as it is measured. */
  units: z.record(z.string(), z.string()),
  /** Network or baseline; its numbers lie in `weights.bin`. */
  model: modelSchema,
  /** One value an input each: subtracted, divided by, and what a squared error counts in the score. */
  scaler: z.strictObject({
    mean: z.array(float32),
    scale: z.array(float32.refine((value) => Math.fround(value) > 0, 'a number above 0 in 32 bits')),
    weight: z
      .array(float32.min(0))
      .refine((weights) => weights.some((weight) => Math.fround(weight) > 0), 'a weight above 0'),
    /** Share of the weight that must have been measured; see `Scoring`. */
    leastMeasured: z.number().min(0).max(1).optional(),
  }),
  /** A score above it is anomalous. */
  threshold: z.strictObject({ value: z.number().positive(), how: z.string() }),
  /** Scores of normal windows of persons that the model had not seen. */
  calibrationScores: scoreQuantilesSchema,
  /** Made by `calibrate`, together with the threshold. */
  calibration: calibrationSchema.optional(),
  driftReference: driftReferenceSchema,
  quality: z
    .strictObject({
      /** Beats with more (see `BeatQuality.noise`) were not learnt from and are not assessable. */
      maxNoise: z.number().positive(),
      how: z.string(),
    })
    .optional(),
  training: z.strictObject({
    /** Everything that the model, its scaler and its threshold have seen. */
    records: z.array(z.string()),
    persons: z.array(z.string()),
    excluded: z.array(z.string()),
    /** Seeds of simulated wearers; not real people. */
    simulated: z.array(z.int()),
    seed: z.int(),
    backend: z.string(),
    /** Remakes the bundle, given the recordings. */
    command: z.string(),
    windows: z.strictObject({ recorded: z.int().min(0), simulated: z.int().min(0) }),
    split: z.string(),
    /** Of a network. */
    epochs: z.int().min(1).optional(),
  }),
  card: cardSchema,
  /** Of a model tuned to one wearer. */
  personal: personalSchema.optional(),
  weightsSha256: sha256,
  /** SHA-256 of this manifest without `hash` and `signature`, keys sorted, without blanks. */
  hash: sha256,
  signature: signatureSchema.optional(),
})

export type BundleManifest = z.infer<typeof manifestSchema>
/** What a bundle is written from. */
export type UnhashedManifest = Omit<BundleManifest, 'weightsSha256' | 'hash' | 'signature'>
