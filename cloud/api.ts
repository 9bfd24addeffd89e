import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { assignmentSchema, identifier, schemaVersion } from '../edge/messages.ts'
import type { Events } from './events.ts'
import { GatewayUnreachable } from './live.ts'
import type { Live } from './live.ts'
import { sendLogin } from './login.ts'
import { check, Problem } from './problem.ts'
import { ask, gatewayOf, listDevices } from './relay.ts'
import type { Store } from './store/store.ts'
import type { Wall } from './wall.ts'

export interface ApiParts {
  store: Store
  live: Live
  wall: Wall
  events: Events
  /** What else `/healthz` shows; no identities. */
  health?: (() => object) | undefined
}

const instant = z.iso.datetime({ offset: true })
const listQuery = z.strictObject({
  state: z.enum(['active', 'all']).default('all'),
  wearer: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: z
    .string()
    .regex(/^\d{1,19}$/, '"next" of an earlier page')
    .optional(),
})
const evidenceQuery = z.strictObject({ file: z.string().max(300).optional() })
const acknowledgeBody = z.strictObject({
  by: z.string().trim().min(1).max(100),
  comment: z.string().trim().max(1000).optional(),
})
const observation = z.strictObject({
  by: z.string().trim().min(1).max(100),
  at: z.iso.datetime({ precision: 3 }).optional(),
  consciousness: z.enum(['A', 'C', 'V', 'P', 'U']).optional(),
  breathes: z.enum(['air', 'oxygen']).optional(),
  ageYears: z.int().min(0).max(130).optional(),
  pregnant: z.boolean().optional(),
})
const whichGateway = z.object({ gateway: identifier.optional() })
const releaseBody = z.strictObject({ at: z.iso.datetime({ precision: 3 }).optional(), gateway: identifier.optional() })
const summaryQuery = z.strictObject({
  span: z
    .enum(['1', '60'])
    .default('60')
    .transform((span) => (span === '1' ? 1 : 60)),
  from: instant.optional(),
  to: instant.optional(),
  limit: z.coerce.number().int().min(1).max(20_000).default(1440),
})

/** The routes below `/api`, and `/healthz`. Every answer is JSON; an error is `{ error, detail }`. */
export function addApi(app: FastifyInstance, { store, live, wall, events, health }: ApiParts): void {
  const started = Date.now()

  app.get('/healthz', () => ({
    status: live.connected && wall.storeAnswers ? 'ok' : 'degraded',
    schemaVersion,
    uptimeSeconds: Math.round((Date.now() - started) / 1000),
    broker: { connected: live.connected, messages: live.messages, rejected: live.rejected },
    gateways: { known: live.gateways.size, silent: wall.gateways().filter(({ silentSince }) => silentSince).length },
    store: {
      kind: store.kind,
      answers: wall.storeAnswers,
      unreadable: store.unreadable(),
      failedSaves: wall.unsaved.failures,
    },
    pages: { listening: events.count, dropped: events.dropped },
    ...health?.(),
  }))

  app.get('/api/wearers', () => ({ wearers: wall.wearers() }))

  app.get('/api/gateways', () => ({ gateways: wall.gateways() }))

  app.get('/api/alarms', (request) => wall.alarms(check(listQuery, request.query, 'query')))

  app.post<{ Params: { id: string } }>('/api/alarms/:id/acknowledge', async (request) => {
    const { by, comment } = check(acknowledgeBody, request.body, 'body')
    return { alarm: await wall.acknowledge(request.params.id, by, comment === '' ? undefined : comment) }
  })

  app.get<{ Params: { id: string } }>('/api/alarms/:id/evidence', async (request, reply) => {
    const evidence = await wall.evidence(request.params.id, check(evidenceQuery, request.query, 'query').file)
    return reply.type('application/octet-stream').header('content-disposition', 'attachment').send(evidence)
  })

  app.get('/api/devices', () => listDevices(live))

  app.post('/api/assignments', async (request) => {
    const assignment = check(assignmentSchema, request.body, 'body')
    const named = check(whichGateway, request.body, 'body').gateway
    const gateway = await gatewayOf(live, assignment.device, named)
    const { assignments } = await ask(live, gateway, { action: 'assign', assignment })
    return { gateway, assignment, ...(assignments === undefined ? {} : { assignments }) }
  })

  app.post<{ Params: { id: string } }>('/api/devices/:id/release', async (request) => {
    const device = check(identifier, request.params.id, 'id')
    const { at, gateway: named } = check(releaseBody, request.body ?? {}, 'body')
    const gateway = await gatewayOf(live, device, named)
    const { assignments } = await ask(live, gateway, { action: 'release', device, ...(at === undefined ? {} : { at }) })
    return { gateway, device, ...(assignments === undefined ? {} : { assignments }) }
  })

  app.post<{ Params: { id: string } }>('/api/wearers/:id/observations', async (request) => {
    const wearer = check(identifier, request.params.id, 'id')
    const observed = check(observation, request.body, 'body')
    const view = wall.wearers().find(({ id }) => id === wearer)
    if (view === undefined) throw new Problem(404, 'not-found', `wearer: expected a known id, received "${wearer}"`)
    await ask(live, view.gateway, { action: 'observe', wearer, ...observed })
    return { gateway: view.gateway, wearer }
  })

  app.get<{ Params: { id: string } }>('/api/wearers/:id/summaries', async (request) => {
    const { span: spanSeconds, from, to, limit } = check(summaryQuery, request.query, 'query')
    const wearer = request.params.id
    return { wearer, spanSeconds, summaries: await store.summaries({ wearer, spanSeconds, from, to, limit }) }
  })

  app.get('/api/events', async (_request, reply) => {
    if (events.isFull) throw new Problem(503, 'full', 'expected fewer pages to listen at once')
    reply.hijack()
    await events.add(reply.raw)
  })
}

/** Turns what was thrown into `{ error, detail }`; what nobody expected is logged and not told. */
export function addErrors(app: FastifyInstance, log: (line: string) => void): void {
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ error: 'not-found', detail: `expected a documented route, received ${request.method}` }),
  )
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Problem && error.status === 401 && request.routeOptions.url === '/')
      return sendLogin(reply, false)
    if (error instanceof Problem) return reply.status(error.status).send({ error: error.error, detail: error.message })
    if (error instanceof GatewayUnreachable) {
      return reply.status(504).send({ error: 'gateway-unreachable', detail: error.message })
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply.status(error.statusCode).send({ error: 'invalid', detail: error.message })
    }
    // By name and place only: a message may hold what a wearer's store answered.
    const ticket = createHash('sha256').update(String(error.stack)).digest('hex').slice(0, 8)
    log(`request failed (${ticket}): ${error.name} ${error.stack?.split('\n')[1]?.trim() ?? ''}`)
    return reply
      .status(503)
      .send({ error: 'failed', detail: `the server could not do this now (${ticket}); try again` })
  })
}
