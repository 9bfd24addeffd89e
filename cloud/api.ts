import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { schemaVersion } from '../edge/messages.ts'
import { auditEntrySchema } from './audit.ts'
import type { Audit } from './audit.ts'
import type { Events } from './events.ts'
import { GatewayUnreachable } from './live.ts'
import type { Live } from './live.ts'
import { sendLogin } from './login.ts'
import { openApi } from './openapi.ts'
import { Problem } from './problem.ts'
import { RouteBook } from './route.ts'
import { addAlarmRoutes } from './routes/alarms.ts'
import { addDataRoutes } from './routes/data.ts'
import { addFleetRoutes } from './routes/fleet.ts'
import { addWearerRoutes } from './routes/wearers.ts'
import type { Store } from './store/store.ts'
import type { Wall } from './wall.ts'

export interface ApiParts {
  store: Store
  live: Live
  wall: Wall
  events: Events
  audit: Audit
  /** What else `/healthz` shows; no identities. */
  health?: (() => object) | undefined
}

/** The routes below `/api`, and `/healthz`. Every answer is JSON; an error is `{ error, detail }`. */
export function addApi(app: FastifyInstance, { store, live, wall, events, audit, health }: ApiParts): void {
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
    audit: { place: audit.place, failed: audit.failed },
    ...health?.(),
  }))

  const book = new RouteBook(app)
  const parts = { store, live, wall, events, audit }
  addWearerRoutes(book, parts)
  addAlarmRoutes(book, parts)
  addFleetRoutes(book, parts)
  addDataRoutes(book, parts)
  book.add({
    method: 'GET',
    url: '/api/events',
    role: 'viewer',
    summary: 'Server-sent events: a snapshot first, then each change under its name',
    answer: 'text/event-stream',
    handle: async ({ reply, caller }) => {
      if (events.isFull) throw new Problem(503, 'full', 'expected fewer pages to listen at once')
      reply.hijack()
      await events.add(reply.raw, caller.role)
    },
  })
  book.add({
    method: 'GET',
    url: '/api/audit',
    role: 'admin',
    summary: 'Acknowledgements and changes, made and refused, newest first',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
    answer: z.object({ entries: z.array(auditEntrySchema) }),
    handle: ({ query: { limit } }) => ({ entries: audit.list(limit) }),
  })
  book.add({
    method: 'GET',
    url: '/api/openapi.json',
    role: 'viewer',
    summary: 'This document',
    answer: z.record(z.string(), z.unknown()),
    handle: () => openApi(book.routes),
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
