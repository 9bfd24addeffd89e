import { z } from 'zod'
import { alarmCodes, alarmSchema, identifier } from '../../edge/messages.ts'
import type { ApiParts } from '../api.ts'
import { ask } from '../relay.ts'
import type { RouteBook } from '../route.ts'
import { byWhom, gatewayFor, text } from './parts.ts'

const list = z.strictObject({
  state: z.enum(['active', 'all']).default('all'),
  wearer: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: z
    .string()
    .regex(/^\d{1,19}$/, '"next" of an earlier page')
    .optional(),
})
const params = z.object({ id: z.string().min(1).max(200) })
const changed = z.object({ alarms: z.array(alarmSchema) })
/** Whose alarms: of a wearer, or without one those about a gateway itself. */
const whose = { wearer: identifier.optional(), gateway: identifier.optional() }

/** Alarms: the list, and what a responder does with them. */
export function addAlarmRoutes(book: RouteBook, { live, wall }: ApiParts): void {
  book.add({
    method: 'GET',
    url: '/api/alarms',
    role: 'viewer',
    summary: 'Alarms of every gateway and of the store, newest onset first, a page at a time',
    query: list,
    answer: z.object({ alarms: z.array(alarmSchema), next: z.string().optional(), incomplete: z.string().optional() }),
    handle: ({ query }) => wall.alarms(query),
  })
  book.add({
    method: 'POST',
    url: '/api/alarms/:id/acknowledge',
    role: 'responder',
    summary: 'Acknowledge an alarm as it was seen at `revision`; given back unchanged where somebody was first',
    params,
    body: z.strictObject({
      by: byWhom,
      comment: z.string().trim().max(1000).optional(),
      revision: z.int().min(1).optional(),
    }),
    answer: z.object({ alarm: alarmSchema }),
    handle: async ({ params: { id }, body: { by, comment, revision } }) => ({
      alarm: await wall.acknowledge(id, by, comment === '' ? undefined : comment, revision),
    }),
  })
  book.add({
    method: 'GET',
    url: '/api/alarms/:id/evidence',
    role: 'viewer',
    summary: 'The file from which an alarm can be replayed, from the gateway that raised it',
    params,
    query: z.strictObject({ file: z.string().max(300).optional() }),
    answer: 'application/octet-stream',
    handle: async ({ params: { id }, query: { file }, reply }) =>
      reply
        .type('application/octet-stream')
        .header('content-disposition', 'attachment')
        .send(await wall.evidence(id, file)),
  })
  book.add({
    method: 'POST',
    url: '/api/alarms/pause-audio',
    role: 'responder',
    summary: 'No sound of what stands now for a while; whatever is announced later sounds',
    body: z.strictObject({ ...whose, seconds: z.int().min(1).max(600), by: byWhom }),
    answer: changed,
    handle: ({ body: { gateway, ...rest } }) => change(gateway, { action: 'pause-audio', ...rest }),
  })
  book.add({
    method: 'POST',
    url: '/api/alarms/shelve',
    role: 'responder',
    summary: 'Alarms of one code are not announced for a while; they come back by themselves',
    body: z.strictObject({
      ...whose,
      code: z.enum(alarmCodes),
      seconds: z
        .int()
        .min(1)
        .max(12 * 3600),
      by: byWhom,
      why: text,
    }),
    answer: changed,
    handle: ({ body: { gateway, ...rest } }) => change(gateway, { action: 'shelve', ...rest }),
  })
  book.add({
    method: 'POST',
    url: '/api/alarms/unshelve',
    role: 'responder',
    summary: 'Take alarms of one code from the shelf',
    body: z.strictObject({ ...whose, code: z.enum(alarmCodes), by: byWhom }),
    answer: changed,
    handle: ({ body: { gateway, ...rest } }) => change(gateway, { action: 'unshelve', ...rest }),
  })

  async function change(
    named: string | undefined,
    body: { wearer?: string | undefined } & (
      | { action: 'pause-audio'; seconds: number; by: string }
      | { action: 'shelve'; code: (typeof alarmCodes)[number]; seconds: number; by: string; why: string }
      | { action: 'unshelve'; code: (typeof alarmCodes)[number]; by: string }
    ),
  ) {
    const { alarms = [] } = await ask(live, gatewayFor(wall, live, body.wearer, named), body)
    for (const alarm of alarms) live.putAlarm(alarm)
    return { alarms }
  }
}
