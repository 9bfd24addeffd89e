import { z } from 'zod'

/** The part of a bundle that people and programs read; `bundle.json`. */
export const bundleSchemaVersion = 1

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
const share = z.number().min(0).max(1)

export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(bundleSchemaVersion),
  name: z.string().min(1),
  architecture: z.strictObject({
    kind: z.literal('dense'),
    inputs: z.int().min(1),
    hidden: z.array(z.int().min(1)),
  }),
  /** Held against the program's own input schema, field by field. */
  inputSchema: z.strictObject({
    signal: z.string(),
    unit: z.string(),
    scaledBy: z.string(),
    usualBeatShare: z.number(),
    rateHz: z.number(),
    points: z.int(),
    pointsBefore: z.int(),
    fromMilliseconds: z.number(),
    toMilliseconds: z.number(),
    features: z.array(z.string()),
    filter: z.string(),
  }),
  /** One value an input each: subtracted, divided by, and what a squared error counts in the score. */
  scaler: z.strictObject({
    mean: z.array(z.number()),
    scale: z.array(z.number().positive()),
    weight: z.array(z.number().min(0)),
  }),
  /** A score above it is anomalous. */
  threshold: z.strictObject({ value: z.number().positive(), how: z.string() }),
  quality: z.strictObject({
    /** Beats with more (see `BeatQuality.noise`) were not learnt from and are not assessable. */
    maxNoise: z.number().positive(),
    how: z.string(),
  }),
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
    beats: z.strictObject({ real: z.int(), simulated: z.int() }),
    split: z.string(),
    epochs: z.int(),
  }),
  /** Of the cross-validation: each record judged by a model that has seen nothing of its person. */
  metrics: z.strictObject({
    meanAuroc: share,
    aurocByRecord: z.record(z.string(), share),
    ventricularSensitivity: share,
    supraventricularSensitivity: share,
    normalBeatsAboveThreshold: share,
  }),
  weightsSha256: sha256,
  /** SHA-256 of this manifest without `hash`, keys sorted, without blanks. */
  hash: sha256,
})

export type BundleManifest = z.infer<typeof manifestSchema>
export type UnhashedManifest = Omit<BundleManifest, 'hash'>

/** JSON with sorted keys and without blanks; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}
