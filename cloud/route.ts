import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { check } from './problem.ts'
import type { Caller, Role } from './roles.ts'

/** What a handler gets: everything checked. */
export interface Asked<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  caller: Caller
  reply: FastifyReply
}

/** One route, as the server runs it and the OpenAPI document tells it. */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'DELETE'
  /** Parts with a colon are parameters. */
  url: `/api/${string}`
  /** The least that a caller must be. */
  role: Role
  summary: string
  params?: Params
  query?: Query
  body?: Body
  /** Of a JSON answer; a string names another media type. */
  answer: z.ZodType | string
  handle(asked: Asked<z.infer<Params>, z.infer<Query>, z.infer<Body>>): unknown
}

/** Routes that were added, in order. */
export type Routes = readonly Route[]

/** Adds routes one by one; each is checked on its way in by the schemas that the document shows. */
export class RouteBook {
  readonly routes: Route[] = []
  private readonly app: FastifyInstance

  constructor(app: FastifyInstance) {
    this.app = app
  }

  add<
    Params extends z.ZodType = z.ZodUndefined,
    Query extends z.ZodType = z.ZodUndefined,
    Body extends z.ZodType = z.ZodUndefined,
  >(route: Route<Params, Query, Body>): void {
    this.routes.push(route)
    const { method, url, role, params, query, body } = route
    this.app.route({
      method,
      url,
      config: { role },
      handler: (request, reply) =>
        route.handle({
          params: (params && check(params, request.params, 'path')) as z.infer<Params>,
          query: (query && check(query, request.query, 'query')) as z.infer<Query>,
          body: (body && check(body, request.body ?? {}, 'body')) as z.infer<Body>,
          caller: request.caller!,
          reply,
        }),
    })
  }
}
