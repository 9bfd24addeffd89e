import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fastifyStatic from '@fastify/static'
import fastify from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { announceListeners } from './announce.ts'
import { addApi, addErrors } from './api.ts'
import { Audit } from './audit.ts'
import type { HttpOptions } from './config.ts'
import { Events } from './events.ts'
import type { Live } from './live.ts'
import { addSession } from './login.ts'
import { contentSecurityPolicy, dashboardFolder, notBuiltPage, readIndex, renderIndex } from './page.ts'
import { tokensOf } from './roles.ts'
import { Access, guard, isLoopback } from './security.ts'
import type { GuardOptions } from './security.ts'
import type { Store } from './store/store.ts'
import type { Snapshot } from './view.ts'
import { Wall } from './wall.ts'

export interface CloudOptions {
  /** Stays open: whoever opened it stops it. */
  store: Store
  /** Started and stopped here. */
  live: Live
  http: HttpOptions
  /** The built page; by default where the package has it. */
  dashboard?: string | undefined
  /** What else `/healthz` shows, such as the gateway's own health where it hosts the cloud; no identities. */
  health?: (() => object) | undefined
  /** For what nobody asked about and somebody should know. No vital signs, no identities. */
  log?: ((line: string) => void) | undefined
  /** ms since the epoch. */
  now?: (() => number) | undefined
  /** Without a heartbeat for so long a gateway is silent, in ms. */
  silentAfterMs?: number | undefined
  /** How many requests one caller may send in a minute. */
  limits?: Pick<GuardOptions, 'readsPerMinute' | 'changesPerMinute'> | undefined
}

export interface Cloud {
  url: string
  /** Ends every open page, waits for requests and writes in flight: about 2 s at most, whoever does not answer. */
  stop(): Promise<void>
}

/**
 * Starts the dashboard and its API over a store and the live view.
 *
 * @throws where the address is not loopback and no token is set, or where the port cannot be had
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { store, live, http, log = () => undefined } = options
  const tokens = tokensOf(http)
  if (!isLoopback(http.host) && tokens.length === 0) {
    throw new Error(
      `http.token: expected a token, as http.host "${http.host}" is not a loopback address, received nothing`,
    )
  }
  const audit = openAudit(http.audit)
  const app = createApp(http)
  const wall = new Wall({ store, live, now: options.now, silentAfterMs: options.silentAfterMs })
  const events = new Events(wall)
  const nobodyMore = announceListeners(live, () => events.answering)
  const access = new Access(tokens)
  addErrors(app, log)
  guard(app, { host: http.host, access, audit, ...options.limits })
  addApi(app, { store, live, wall, events, audit, health: options.health })
  addSession(app, access, http.tls !== undefined)
  addPage(app, wall, options.dashboard ?? dashboardFolder())

  async function stop(): Promise<void> {
    nobodyMore()
    events.stop()
    await atMost(500, app.close())
    app.server.closeAllConnections()
    await atMost(1000, wall.stop())
    await atMost(500, live.stop())
  }

  try {
    await wall.start()
    await live.start()
    await app.listen({ host: http.host, port: http.port })
  } catch (error) {
    await stop()
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new Error(`http.port: expected a free port, received ${http.port}, which is in use`, { cause: error })
    }
    throw error
  }
  const { port } = app.server.address() as AddressInfo
  const name = http.host.includes(':') && !http.host.startsWith('[') ? `[${http.host}]` : http.host
  return { url: `${http.tls ? 'https' : 'http'}://${name}:${port}`, stop }
}

function createApp(http: HttpOptions): FastifyInstance {
  const options = { bodyLimit: 64 * 1024, forceCloseConnections: true, routerOptions: { maxParamLength: 300 } }
  if (http.tls === undefined) return fastify(options)
  const tls = { cert: readPem('http.tls.cert', http.tls.cert), key: readPem('http.tls.key', http.tls.key) }
  return fastify({ ...options, https: tls })
}

function openAudit(file: string | undefined): Audit {
  try {
    return new Audit(file)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw new Error(`http.audit: expected a file that can be written, received "${file}" (${code})`, { cause: error })
  }
}

/** What the page leaves out follows from it; what the server allows does not. */
function roleOf({ caller }: Pick<FastifyRequest, 'caller'>): Pick<Snapshot, 'role'> {
  return caller === undefined ? {} : { role: caller.role }
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw new Error(`${option}: expected a readable file, received "${file}" (${code})`, { cause: error })
  }
}

/** Waits for `work` no longer than so many ms; what it throws is thrown. */
async function atMost(milliseconds: number, work: PromiseLike<unknown>): Promise<void> {
  const enough = new AbortController()
  const { signal } = enough
  const late = sleep(milliseconds, undefined, { signal }).catch(() => undefined)
  await Promise.race([work, late]).finally(() => enough.abort())
}

function addPage(app: FastifyInstance, wall: Wall, folder: string): void {
  const index = readIndex(folder)
  if (index !== undefined) {
    const root = join(folder, 'assets')
    // Their names hold a hash of their content.
    void app.register(fastifyStatic, { root, prefix: '/assets/', index: false, maxAge: '1y', immutable: true })
  }
  app.get('/', async (request, reply) => {
    void reply.type('text/html; charset=utf-8').header('Content-Security-Policy', contentSecurityPolicy)
    if (index === undefined) return reply.status(503).send(notBuiltPage)
    return reply.send(renderIndex(index, { ...(await wall.snapshot()), ...roleOf(request) }))
  })
}
