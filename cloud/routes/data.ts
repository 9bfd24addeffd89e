import { Readable } from 'node:stream'
import { z } from 'zod'
import { identifier } from '../../edge/messages.ts'
import type { ApiParts } from '../api.ts'
import { exportAlarms, exportDays, exportMinutes } from '../export.ts'
import { Problem } from '../problem.ts'
import type { RouteBook } from '../route.ts'
import { byWhom, instant, ofIdentifier, text } from './parts.ts'

const longestDays = 370
const dayMs = 24 * 3600_000
const makers = { days: exportDays, minutes: exportMinutes, alarms: exportAlarms }
const zone = z.string().max(64).refine(isZone, 'the IANA name of a time zone, such as Europe/Berlin')

const exportQuery = z
  .strictObject({
    what: z.enum(['days', 'minutes', 'alarms']).default('days'),
    from: instant,
    to: instant,
    zone: zone.default('UTC'),
  })
  .refine(({ from, to }) => spanMs(from, to) > 0 && spanMs(from, to) <= longestDays * dayMs, {
    path: ['to'],
    error: `a moment after "from", by at most ${longestDays} days`,
  })

/** A wearer's data as a whole: given away as CSV, and erased. */
export function addDataRoutes(book: RouteBook, { store, wall, audit }: ApiParts): void {
  book.add({
    method: 'GET',
    url: '/api/wearers/:id/export',
    role: 'admin',
    summary: 'CSV of a wearer, for studies: by day (time worn, coverage), by minute (vital signs), or the alarms',
    params: ofIdentifier,
    query: exportQuery,
    answer: 'text/csv',
    handle: ({ params: { id: wearer }, query: { what, ...query }, reply }) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${wearer}-${what}.csv"`)
        .send(Readable.from(makers[what](store, { wearer, ...query }))),
  })
  book.add({
    method: 'POST',
    url: '/api/wearers/:id/erase',
    role: 'admin',
    summary:
      'Erase a wearer, whom no device may be assigned to, from the store, from memory and from earlier lines of the ' +
      'audit log. Gateways keep what they have: `notErased` names it',
    params: ofIdentifier,
    body: z.strictObject({ by: byWhom, why: text }),
    answer: z.object({ wearer: identifier, erased: z.array(z.string()), notErased: z.array(z.string()) }),
    handle: async ({ params: { id: wearer } }) => {
      const worn = wall.wearers().find(({ id }) => id === wearer)?.devices ?? []
      if (worn.length > 0)
        throw new Problem(409, 'worn', `wearer: expected no device, received ${worn.join(', ')}: release them first`)
      const gateways = wall.gateways().map(({ id }) => id)
      await store.erase(wearer)
      await wall.forget(wearer)
      audit.forget(wearer)
      return {
        wearer,
        erased: [`store (${store.kind})`, 'live view', 'audit log'],
        notErased: gateways.map((id) => `gateway ${id}: its data folder (outbox, evidence, snapshots) and its topics`),
      }
    },
  })
}

function spanMs(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from)
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
