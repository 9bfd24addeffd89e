import { z } from 'zod'
import { wearerStatusSchema } from '../edge/messages.ts'
import type { GatewayView, WearerView } from './view.ts'

/** The types of `view.ts` as schemas: apart from them, so that the page's bundle holds none. */

export const wearerViewSchema = wearerStatusSchema.omit({ schemaVersion: true }).extend({
  score: z.number().optional(),
  threshold: z.number().optional(),
  scoredAt: z.iso.datetime({ precision: 3 }).optional(),
}) satisfies z.ZodType<WearerView>

export const gatewayViewSchema = z.object({
  id: z.string(),
  state: z.enum(['online', 'offline']),
  lastHeardAt: z.string().optional(),
  silentSince: z.string().optional(),
  health: z.record(z.string(), z.unknown()).optional(),
}) satisfies z.ZodType<GatewayView>
