import { z } from 'zod'
import { signalNames } from '../../firmware-bridge/signals.ts'
import { alarmSchema, assignmentSchema } from '../messages.ts'
import { packedInputSchema } from './packInputs.ts'

/** Version of the document below. */
export const evidenceVersion = 1

const instant = z.iso.datetime({ precision: 3 })

/** A bundle that took part. */
const usedModel = z.object({ name: z.string(), hash: z.string(), threshold: z.number() })

/** What was thought of a stretch of stream time, without its attribution. */
export const verdictLineSchema = z.object({
  device: z.string(),
  detector: z.string(),
  bootId: z.int(),
  /** Stream time, µs. */
  from: z.int(),
  to: z.int(),
  verdict: z.enum(['normal', 'anomalous', 'not-assessable', 'warming-up']),
  score: z.number().optional(),
  threshold: z.number().optional(),
  reason: z.string().optional(),
})
export type VerdictLine = z.infer<typeof verdictLineSchema>

/**
 * What makes an alarm checkable: what was known before, everything that came in from then on, what was said of it, and with
 * which models and settings. It replays to the same alarm.
 */
export const evidenceSchema = z.object({
  schemaVersion: z.literal(evidenceVersion),
  /** As it was first told, with model hash, score, threshold and attribution where a model has raised it. */
  alarm: alarmSchema,
  models: z.object({ ecg: usedModel, vitals: usedModel.optional(), ppg: usedModel.optional() }),
  /** The pipeline's settings (`PipelineOptions`) as they held for this wearer. */
  settings: z.record(z.string(), z.unknown()),
  assignments: z.array(assignmentSchema),
  /** The last value of each vital sign when the alarm was raised. */
  vitals: z.partialRecord(
    z.enum(signalNames),
    z.object({ value: z.number(), unit: z.string(), at: instant, device: z.string() }),
  ),
  /** Of the last beat of the alarm's device, where there is one. */
  quality: z.record(z.string(), z.unknown()).optional(),
  /** What the model saw, and what it would have expected in its place. */
  window: z
    .object({
      device: z.string(),
      /** Stream time, µs. */
      from: z.int(),
      to: z.int(),
      /** In the bundle's input units; null where nothing was measured. */
      input: z.array(z.number().nullable()),
      reconstruction: z.array(z.number().nullable()),
      /** Parts of the input, as the attribution names them. */
      segments: z.array(z.object({ name: z.string(), from: z.int(), to: z.int() })),
    })
    .optional(),
  snapshot: z.object({
    /** The gateway's clock. */
    takenAt: instant,
    rows: z.array(z.object({ part: z.string(), key: z.string(), version: z.int(), json: z.string() })),
  }),
  /** Everything that came in from the snapshot on, in order. */
  inputs: z.array(packedInputSchema),
  /** Of this wearer, from the snapshot on, in order. */
  verdicts: z.array(verdictLineSchema),
  /** False while less than 20 s have passed since the alarm was raised, or where the gateway stopped before. */
  complete: z.boolean(),
})
export type Evidence = z.infer<typeof evidenceSchema>
