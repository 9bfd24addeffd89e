import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Audit } from './audit.ts'
import { Problem } from './problem.ts'
import { RateLimit } from './rateLimit.ts'
import { hashOf, mayActAs } from './roles.ts'
import type { Caller, Role, TokenOptions } from './roles.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least that a caller must be; below `/api` a route without it is for admins. */
    role?: Role
  }
  interface FastifyRequest {
    /** Set before any handler of a guarded route runs. */
    caller: Caller | undefined
  }
}

const loopbackNames = ['localhost', '127.0.0.1', '::1', '[::1]']
const cookieName = 'vital-edge-session'
const sessionMs = 12 * 3600_000
const mostSessions = 1000
/** Wrong tokens from one address in a minute, after which it has to wait. */
const mostFailures = 10

export function isLoopback(host: string): boolean {
  return loopbackNames.includes(host)
}

/** Everybody, where no token is configured: on the loopback address only. */
const anybody: Caller = { name: 'local', role: 'admin' }

/** Who may come in: sessions and wrong tries, in memory, limited. */
export class Access {
  private readonly tokens: readonly TokenOptions[]
  private readonly now: () => number
  /** By hash of the session's secret: whose it is, and when it ends in ms. */
  private readonly sessions = new Map<string, Caller & { until: number }>()
  private readonly failures = new Map<string, { count: number; until: number }>()

  /** @param tokens without one everybody may come in */
  constructor(tokens: readonly TokenOptions[], now: () => number = Date.now) {
    this.tokens = tokens
    this.now = now
  }

  /** Whose token a request carries, or whose session its cookie names. */
  callerOf(request: Pick<FastifyRequest, 'headers' | 'ip'>): Caller | undefined {
    if (this.tokens.length === 0) return anybody
    const { authorization, cookie } = request.headers
    if (authorization !== undefined) return this.knows(authorization.replace(/^Bearer /i, ''), request.ip)
    const secret = sessionIn(cookie)
    const session = secret === undefined ? undefined : this.sessions.get(hashOf(secret))
    return session !== undefined && session.until > this.now() ? { name: session.name, role: session.role } : undefined
  }

  /** Opens a session for a right token; gives its cookie and whose it is, or undefined. */
  open(token: string, ip: string, secure: boolean): { cookie: string; caller: Caller } | undefined {
    const caller = this.tokens.length === 0 ? anybody : this.knows(token, ip)
    if (caller === undefined) return undefined
    const secret = randomBytes(32).toString('base64url')
    for (const [key, { until }] of this.sessions) {
      if (until <= this.now() || this.sessions.size >= mostSessions) this.sessions.delete(key)
    }
    this.sessions.set(hashOf(secret), { ...caller, until: this.now() + sessionMs })
    const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionMs / 1000}`
    return { cookie: `${cookieName}=${secret}; ${attributes}${secure ? '; Secure' : ''}`, caller }
  }

  private knows(token: string, ip: string): Caller | undefined {
    const failed = this.failures.get(ip)
    const counts = failed !== undefined && failed.until > this.now()
    if (counts && failed.count >= mostFailures) {
      throw new Problem(429, 'too-many-tries', 'expected the token, received too many wrong ones: wait a minute')
    }
    // Of equal length and compared in constant time, each of them: how long it takes must not tell how much was right.
    const hash = Buffer.from(hashOf(token))
    const [found] = this.tokens.filter((known) => timingSafeEqual(hash, Buffer.from(known.hash)))
    if (found !== undefined) return { name: found.name, role: found.role }
    if (this.failures.size > mostSessions) this.failures.clear()
    this.failures.set(ip, { count: counts ? failed.count + 1 : 1, until: this.now() + 60_000 })
    return undefined
  }
}

function sessionIn(cookie: string | undefined): string | undefined {
  return cookie?.match(new RegExp(`(?:^|; *)${cookieName}=([^;]*)`))?.[1]
}

export interface GuardOptions {
  /** That the server listens on. */
  host: string
  access: Access
  audit: Audit
  /** Requests of one caller from one address in a minute. */
  readsPerMinute?: number | undefined
  changesPerMinute?: number | undefined
}

/**
 * Guards every route but `/healthz` and the log-in: the Host header on loopback (a foreign page whose name was rebound
 * to 127.0.0.1 sends its own), the Origin of what changes something, the token or session, how often, and the role.
 * Whatever a known caller changes or tries to change is in the audit log before the answer is sent.
 */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const { host, access, audit, readsPerMinute = 3000, changesPerMinute = 120 } = options
  const limits = { read: new RateLimit(readsPerMinute), change: new RateLimit(changesPerMinute) }
  app.decorateRequest('caller', undefined)

  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    })
    const name = hostName(request.headers.host)
    if (isLoopback(host) && !isLoopback(name)) {
      throw new Problem(403, 'wrong-host', `Host: expected localhost or a loopback address, received "${name}"`)
    }
    const { origin } = request.headers
    if (changes(request) && origin !== undefined && !isSame(origin, request)) {
      throw new Problem(403, 'wrong-origin', `Origin: expected this server's own, received "${origin.slice(0, 100)}"`)
    }
    const path = request.routeOptions.url
    if (path === '/healthz' || (path === '/api/session' && changes(request))) return
    request.caller = access.callerOf(request)
    if (request.caller === undefined) {
      void reply.header('WWW-Authenticate', 'Bearer')
      throw new Problem(401, 'unauthorized', 'expected "Authorization: Bearer …" or a session, received neither')
    }
    const wait = limits[changes(request) ? 'change' : 'read'].take(`${request.caller.name} ${request.ip}`)
    if (wait > 0) {
      void reply.header('Retry-After', String(wait))
      throw new Problem(429, 'too-many-requests', `expected fewer requests in a minute: try again in ${wait} s`)
    }
    const needed = request.routeOptions.config.role ?? (path?.startsWith('/api/') ? 'admin' : 'viewer')
    if (!mayActAs(request.caller.role, needed)) {
      const { role } = request.caller
      throw new Problem(403, 'forbidden', `token: expected the role ${needed} or above, received ${role}`)
    }
  })

  app.addHook('onSend', async (request, reply) => {
    const { caller } = request
    if (caller === undefined || !changes(request)) return
    const isLogin = request.routeOptions.url === '/api/session'
    audit.add({
      at: new Date().toISOString(),
      caller: caller.name,
      role: caller.role,
      action: `${request.method} ${request.routeOptions.url ?? '(unknown)'}`,
      params: { ...(request.params as Record<string, string>) },
      ...(isLogin || request.body === undefined ? {} : { body: request.body }),
      status: reply.statusCode,
    })
  })
}

function changes(request: FastifyRequest): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD'
}

function hostName(header: string | undefined): string {
  return (header ?? '').replace(/:\d+$/, '').toLowerCase()
}

function isSame(origin: string, request: FastifyRequest): boolean {
  try {
    return new URL(origin).host === request.headers.host?.toLowerCase()
  } catch {
    return false
  }
}
