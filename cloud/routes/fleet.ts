import { z } from 'zod'
import { alarmSchema, assignmentSchema, deviceStatusSchema, identifier } from '../../edge/messages.ts'
import type { ApiParts } from '../api.ts'
import { check } from '../problem.ts'
import { ask, gatewayOf, listDevices } from '../relay.ts'
import type { RouteBook } from '../route.ts'
import { gatewayViewSchema } from '../viewSchemas.ts'
import { byWhom, gatewayFor, instantMillis, ofIdentifier, text } from './parts.ts'

const atGateway = { gateway: identifier }
const assignments = z.array(assignmentSchema).optional()
const whichGateway = z.object({ gateway: identifier.optional() })
/** A wearer or a device: exactly one. */
const ofEither = { wearer: identifier.optional(), device: identifier.optional() }
const eitherOne = ({ wearer, device }: { wearer?: string | undefined; device?: string | undefined }) =>
  (wearer === undefined) !== (device === undefined)

/** Gateways and devices: how they are, who wears them, what is out of service. */
export function addFleetRoutes(book: RouteBook, { live, wall }: ApiParts): void {
  book.add({
    method: 'GET',
    url: '/api/gateways',
    role: 'viewer',
    summary: 'Every gateway and what it last said of itself',
    answer: z.object({ gateways: z.array(gatewayViewSchema) }),
    handle: () => ({ gateways: wall.gateways() }),
  })
  book.add({
    method: 'GET',
    url: '/api/devices',
    role: 'viewer',
    summary: 'Devices and assignments of every gateway that answered, and those that did not',
    answer: z.object({
      devices: z.array(deviceStatusSchema.extend(atGateway)),
      assignments: z.array(assignmentSchema.safeExtend(atGateway)),
      unanswered: z.array(identifier),
    }),
    handle: () => listDevices(live),
  })
  book.add({
    method: 'POST',
    url: '/api/assignments',
    role: 'admin',
    summary: 'Assign a device to a wearer from one moment to another',
    body: assignmentSchema.safeExtend(whichGateway.shape),
    answer: z.object({ ...atGateway, assignment: assignmentSchema, assignments }),
    handle: async ({ body: { gateway: named, ...rest } }) => {
      const assignment = check(assignmentSchema, rest, 'body')
      const gateway = await gatewayOf(live, assignment.device, named)
      const { assignments: all } = await ask(live, gateway, { action: 'assign', assignment })
      return { gateway, assignment, ...(all === undefined ? {} : { assignments: all }) }
    },
  })
  book.add({
    method: 'POST',
    url: '/api/devices/:id/release',
    role: 'admin',
    summary: 'End the assignment of a device, now or at a moment',
    params: ofIdentifier,
    body: z.strictObject({ at: instantMillis.optional(), ...whichGateway.shape }),
    answer: z.object({ ...atGateway, device: identifier, assignments }),
    handle: async ({ params: { id: device }, body: { at, gateway: named } }) => {
      const gateway = await gatewayOf(live, device, named)
      const request = { action: 'release', device, ...(at === undefined ? {} : { at }) } as const
      const { assignments: all } = await ask(live, gateway, request)
      return { gateway, device, ...(all === undefined ? {} : { assignments: all }) }
    },
  })
  for (const [action, summary] of [
    ['out-of-service', 'Technical alarms of a wearer or device are not announced until it is back in service'],
    ['in-service', 'Take a wearer or device back into service'],
  ] as const) {
    const why = action === 'out-of-service' ? { why: text } : {}
    book.add({
      method: 'POST',
      url: `/api/${action}`,
      role: 'responder',
      summary,
      body: z
        .strictObject({ ...ofEither, ...whichGateway.shape, by: byWhom, ...why })
        .refine(eitherOne, { error: 'either wearer or device' }),
      answer: z.object({ ...atGateway, alarms: z.array(alarmSchema) }),
      handle: async ({ body: { gateway: named, wearer, device, ...rest } }) => {
        const gateway =
          device === undefined ? gatewayFor(wall, live, wearer, named) : await gatewayOf(live, device, named)
        const request = { action, ...rest, ...(device === undefined ? { wearer } : { device }) }
        const { alarms = [] } = await ask(live, gateway, request as Parameters<typeof ask>[2])
        for (const alarm of alarms) live.putAlarm(alarm)
        return { gateway, alarms }
      },
    })
  }
}
