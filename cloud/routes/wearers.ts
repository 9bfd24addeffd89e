import { z } from 'zod'
import { identifier, limitChanges, summarySchema } from '../../edge/messages.ts'
import type { ApiParts } from '../api.ts'
import { ask } from '../relay.ts'
import type { RouteBook } from '../route.ts'
import { wearerViewSchema } from '../viewSchemas.ts'
import { byWhom, gatewayFor, instant, instantMillis, ofIdentifier, text } from './parts.ts'

const observation = z
  .strictObject({
    by: byWhom,
    at: instantMillis.optional(),
    consciousness: z.enum(['A', 'C', 'V', 'P', 'U']).optional(),
    breathes: z.enum(['air', 'oxygen']).optional(),
    spo2Scale: z.literal([1, 2]).optional(),
    prescribedBy: byWhom.optional(),
    ageYears: z.int().min(0).max(130).optional(),
    pregnant: z.boolean().optional(),
  })
  .refine(({ spo2Scale, prescribedBy }) => spo2Scale !== 2 || prescribedBy !== undefined, {
    error: 'who has prescribed scale 2',
    path: ['prescribedBy'],
  })
const summaries = z.strictObject({
  span: z.enum(['1', '60']).default('60'),
  from: instant.optional(),
  to: instant.optional(),
  limit: z.coerce.number().int().min(1).max(20_000).default(1440),
})
const told = z.object({ gateway: identifier, wearer: identifier })

/** Wearers: who is watched, what was measured, and what people tell of them. */
export function addWearerRoutes(book: RouteBook, { store, live, wall }: ApiParts): void {
  book.add({
    method: 'GET',
    url: '/api/wearers',
    role: 'viewer',
    summary: 'Everyone who is known: watched since when, or why not',
    answer: z.object({ wearers: z.array(wearerViewSchema) }),
    handle: () => ({ wearers: wall.wearers() }),
  })
  book.add({
    method: 'GET',
    url: '/api/wearers/:id/summaries',
    role: 'viewer',
    summary: 'Vital signs by second or minute: the newest `limit` in `from <= at < to`, oldest first',
    query: summaries,
    params: z.object({ id: z.string().max(300) }),
    answer: z.object({
      wearer: z.string(),
      spanSeconds: z.union([z.literal(1), z.literal(60)]),
      summaries: z.array(summarySchema),
    }),
    handle: async ({ params: { id: wearer }, query: { span, from, to, limit } }) => {
      const spanSeconds = span === '1' ? 1 : 60
      return { wearer, spanSeconds, summaries: await store.summaries({ wearer, spanSeconds, from, to, limit }) }
    },
  })
  book.add({
    method: 'POST',
    url: '/api/wearers/:id/observations',
    role: 'responder',
    summary: 'What only a person can see of a wearer, for NEWS2; what is absent stays as it was',
    params: ofIdentifier,
    body: observation,
    answer: told,
    handle: async ({ params: { id: wearer }, body }) => {
      const gateway = gatewayFor(wall, live, wearer)
      await ask(live, gateway, { action: 'observe', wearer, ...body })
      return { gateway, wearer }
    },
  })
  book.add({
    method: 'POST',
    url: '/api/wearers/:id/limits',
    role: 'responder',
    summary: 'Limits of one wearer from now on; `null` takes one back',
    params: ofIdentifier,
    body: z.strictObject({ by: byWhom, reason: text.optional(), limits: limitChanges }),
    answer: told,
    handle: async ({ params: { id: wearer }, body }) => {
      const gateway = gatewayFor(wall, live, wearer)
      await ask(live, gateway, { action: 'set-limits', wearer, ...body })
      return { gateway, wearer }
    },
  })
}
