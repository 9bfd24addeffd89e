import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

const loopbackNames = ['localhost', '127.0.0.1', '::1', '[::1]']
const cookieName = 'vital-edge-session'
const sessionMs = 12 * 3600_000
const mostSessions = 1000
/** Wrong tokens from one address in a minute, after which it has to wait. */
const mostFailures = 10

export function isLoopback(host: string): boolean {
  return loopbackNames.includes(host)
}

/** Who may come in: sessions and wrong tries, in memory, limited. */
export class Access {
  private readonly token: string | undefined
  private readonly now: () => number
  /** Hash of the session's secret, and when it ends in ms. */
  private readonly sessions = new Map<string, number>()
  private readonly failures = new Map<string, { count: number; until: number }>()

  /** @param token without one everybody may come in */
  constructor(token: string | undefined, now: () => number = Date.now) {
    this.token = token
    this.now = now
  }

  /** Whether a request carries the token, or the cookie of a session. */
  allows(request: Pick<FastifyRequest, 'headers' | 'ip'>): boolean {
    if (this.token === undefined) return true
    const { authorization, cookie } = request.headers
    if (authorization !== undefined) return this.knows(authorization.replace(/^Bearer /i, ''), request.ip)
    const session = cookie?.match(new RegExp(`(?:^|; *)${cookieName}=([^;]*)`))?.[1]
    return session !== undefined && (this.sessions.get(hash(session).toString('hex')) ?? 0) > this.now()
  }

  /** Opens a session for the right token; gives the cookie, or undefined. */
  open(token: string, ip: string, secure: boolean): string | undefined {
    if (!this.knows(token, ip)) return undefined
    const secret = randomBytes(32).toString('base64url')
    for (const [key, until] of this.sessions) {
      if (until <= this.now() || this.sessions.size >= mostSessions) this.sessions.delete(key)
    }
    this.sessions.set(hash(secret).toString('hex'), this.now() + sessionMs)
    const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionMs / 1000}`
    return `${cookieName}=${secret}; ${attributes}${secure ? '; Secure' : ''}`
  }

  private knows(token: string, ip: string): boolean {
    const failed = this.failures.get(ip)
    const counts = failed !== undefined && failed.until > this.now()
    if (counts && failed.count >= mostFailures) {
      throw new Problem(429, 'too-many-tries', 'expected the token, received too many wrong ones: wait a minute')
    }
    // Of equal length and compared in constant time: how long it takes must not tell how much was right.
    if (this.token === undefined || timingSafeEqual(hash(token), hash(this.token))) return true
    if (this.failures.size > mostSessions) this.failures.clear()
    this.failures.set(ip, { count: counts ? failed.count + 1 : 1, until: this.now() + 60_000 })
    return false
  }
}

/**
 * Guards every route but `/healthz` and the log-in: the Host header on loopback (a foreign page whose name was rebound
 * to 127.0.0.1 sends its own), the Origin of what changes something, and the token or session.
 */
export function guard(app: FastifyInstance, host: string, access: Access): void {
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
    if (request.method !== 'GET' && request.method !== 'HEAD' && origin !== undefined && !isSame(origin, request)) {
      throw new Problem(403, 'wrong-origin', `Origin: expected this server's own, received "${origin.slice(0, 100)}"`)
    }
    const path = request.routeOptions.url
    if (path === '/healthz' || path === '/api/session' || access.allows(request)) return
    void reply.header('WWW-Authenticate', 'Bearer')
    throw new Problem(401, 'unauthorized', 'expected "Authorization: Bearer …" or a session, received neither')
  })
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

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
