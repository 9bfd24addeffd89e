import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { httpSchema } from './config.ts'
import { Live } from './live.ts'
import { makeToken, mayActAs, roles } from './roles.ts'
import type { Role } from './roles.ts'
import { startCloud } from './server.ts'
import type { Cloud, CloudOptions } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import type { Store } from './store/store.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

const made = Object.fromEntries(roles.map((role) => [role, makeToken()])) as Record<Role, ReturnType<typeof makeToken>>
const tokens = roles.map((role) => ({ name: `the-${role}`, role, hash: made[role].hash }))
const as = (role: Role) => ({ authorization: `Bearer ${made[role].token}` })
const alarm = anAlarm({})
const by = 'nurse'

/** A request that each route grants; a route that is missing here fails the test below. */
const granted: Record<string, { path: string; body?: object }> = {
  'get /api/wearers': { path: '/api/wearers' },
  'get /api/wearers/{id}/summaries': { path: '/api/wearers/w1/summaries?span=1' },
  'post /api/wearers/{id}/observations': { path: '/api/wearers/w1/observations', body: { by, consciousness: 'A' } },
  'post /api/wearers/{id}/limits': { path: '/api/wearers/w1/limits', body: { by, limits: { spo2LowPercent: 85 } } },
  'get /api/alarms': { path: '/api/alarms' },
  'get /api/alarms/{id}/evidence': { path: `/api/alarms/${alarm.id}/evidence` },
  'post /api/alarms/{id}/acknowledge': { path: `/api/alarms/${alarm.id}/acknowledge`, body: { by, revision: 1 } },
  'post /api/alarms/pause-audio': { path: '/api/alarms/pause-audio', body: { by, wearer: 'w1', seconds: 60 } },
  'post /api/alarms/shelve': {
    path: '/api/alarms/shelve',
    body: { by, wearer: 'w1', code: 'lead-off', seconds: 60, why: 'bath' },
  },
  'post /api/alarms/unshelve': { path: '/api/alarms/unshelve', body: { by, wearer: 'w1', code: 'lead-off' } },
  'get /api/gateways': { path: '/api/gateways' },
  'get /api/devices': { path: '/api/devices' },
  'post /api/assignments': { path: '/api/assignments', body: { device: 'd1', wearer: 'w1' } },
  'post /api/devices/{id}/release': { path: '/api/devices/d1/release', body: {} },
  'post /api/out-of-service': { path: '/api/out-of-service', body: { by, wearer: 'w1', why: 'theatre' } },
  'post /api/in-service': { path: '/api/in-service', body: { by, device: 'd1' } },
  'get /api/wearers/{id}/export': {
    path: '/api/wearers/w1/export?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
  },
  'post /api/wearers/{id}/erase': { path: '/api/wearers/w9/erase', body: { by, why: 'study over' } },
  'get /api/events': { path: '/api/events' },
  'get /api/audit': { path: '/api/audit' },
  'get /api/openapi.json': { path: '/api/openapi.json' },
}

interface Operation {
  'x-role': Role
  responses: Record<string, { content: Record<string, { schema: object }> }>
}

describe('roles', () => {
  let folder: string
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let store: Store
  let cloud: Cloud
  let live: Live

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vital-edge-roles-'))
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    store = openEmbeddedStore(':memory:')
  })
  afterEach(async () => {
    await cloud?.stop()
    await store.stop()
    await gateway.stop()
    await broker.stop()
    rmSync(folder, { recursive: true })
  })

  async function start(changes: Partial<CloudOptions> = {}): Promise<void> {
    live = new Live({ url: broker.url, base: 'vital-edge', requestTimeoutMs: 2000 })
    const http = httpSchema.parse({ port: 0, tokens, audit: join(folder, 'audit.jsonl') })
    cloud = await startCloud({ store, live, http, ...changes })
    await gateway.status(aStatus({}))
    await gateway.alarm(alarm)
    await gateway.summary(aSummary({}))
    await store.sink.write([{ kind: 'summary', summary: aSummary({}) }])
    await expect.poll(() => live.alarms.size * live.statuses.size * live.gateways.size).toBe(1)
  }

  const send = (method: string, { path, body }: { path: string; body?: object }, headers: Record<string, string>) =>
    fetch(cloud.url + path, {
      method: method.toUpperCase(),
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  async function operations(): Promise<[string, Operation][]> {
    const answer = await fetch(`${cloud.url}/api/openapi.json`, { headers: as('viewer') })
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> }
    return Object.entries(paths).flatMap(([path, of]) =>
      Object.entries(of).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    )
  }

  it('hold for each route: refused without a token and below its role, granted from it on, as documented', async () => {
    await start()
    const documented = await operations()
    expect(documented.map(([name]) => name).sort()).toEqual(Object.keys(granted).sort())
    for (const [name, operation] of documented) {
      const [method = ''] = name.split(' ')
      const request = granted[name]!
      const nobody = await send(method, request, {})
      expect([name, nobody.status]).toEqual([name, 401])
      for (const role of roles) {
        const before = gateway.requests.length
        const answer = await send(method, request, as(role))
        const allowed = mayActAs(role, operation['x-role'])
        expect([name, role, answer.status]).toEqual([name, role, allowed ? 200 : 403])
        const [type = ''] = (answer.headers.get('content-type') ?? '').split(';')
        const { schema } = operation.responses[String(answer.status)]!.content[type] ?? {}
        expect([name, role, type, schema === undefined]).toEqual([name, role, type, false])
        if (type === 'text/event-stream') await answer.body?.cancel()
        else if (type !== 'application/json') await answer.arrayBuffer()
        else if (allowed) z.fromJSONSchema(schema as never).parse(await answer.json())
        else {
          expect(await answer.json()).toMatchObject({ error: 'forbidden' })
          expect(gateway.requests).toHaveLength(before)
        }
      }
    }
  })

  it('is told by the page and by the session, and a session has the role of its token', async () => {
    await start()
    const opened = await send('post', { path: '/api/session', body: { token: made.viewer.token } }, {})
    expect(await opened.json()).toEqual({ ok: true, name: 'the-viewer', role: 'viewer' })
    const cookie = { cookie: opened.headers.get('set-cookie')!.split(';')[0]! }
    expect(await (await send('get', { path: '/api/session' }, cookie)).json()).toMatchObject({ role: 'viewer' })
    expect((await send('post', granted['post /api/alarms/{id}/acknowledge']!, cookie)).status).toBe(403)
    expect((await send('get', { path: '/api/session' }, {})).status).toBe(401)
  })

  it('of a viewer counts nobody as listening, of a responder somebody', async () => {
    await start()
    const announced: number[] = []
    live.announce = (people) => announced.push(people)
    const viewer = await send('get', { path: '/api/events' }, as('viewer'))
    const responder = await send('get', { path: '/api/events' }, as('responder'))
    await expect.poll(() => announced, { timeout: 5000 }).toEqual([1])
    await viewer.body?.cancel()
    await responder.body?.cancel()
    await expect.poll(() => announced, { timeout: 5000 }).toEqual([1, 0])
  })

  it('are in the audit log: every change, made and refused, on disk, and no secret', async () => {
    await start()
    await send('post', { path: '/api/session', body: { token: made.admin.token } }, {})
    await send('post', granted['post /api/alarms/{id}/acknowledge']!, as('viewer'))
    await send('post', granted['post /api/alarms/{id}/acknowledge']!, as('responder'))
    await send('post', { path: '/api/alarms/x/acknowledge', body: { by } }, as('responder'))
    await send('get', { path: '/api/wearers' }, as('viewer'))
    const action = 'POST /api/alarms/:id/acknowledge'
    const expected = [
      { caller: 'the-responder', action, params: { id: 'x' }, body: { by }, status: 404 },
      { caller: 'the-responder', role: 'responder', action, params: { id: alarm.id }, body: { by }, status: 200 },
      { caller: 'the-viewer', role: 'viewer', action, params: { id: alarm.id }, status: 403 },
      { caller: 'the-admin', action: 'POST /api/session', params: {}, status: 200 },
    ]
    const { entries } = (await (await send('get', { path: '/api/audit' }, as('admin'))).json()) as { entries: object[] }
    expect(entries).toMatchObject(expected)
    expect(entries).toHaveLength(4)
    const file = readFileSync(join(folder, 'audit.jsonl'), 'utf8')
    expect(file.trimEnd().split('\n').reverse()).toEqual(entries.map((entry) => JSON.stringify(entry)))
    for (const { token } of Object.values(made)) expect(file).not.toContain(token)
  })

  it('do not help who asks too often: refused for a while, others not', async () => {
    await start({ limits: { readsPerMinute: 6, changesPerMinute: 2 } })
    const read = (role: Role) => send('get', { path: '/api/wearers' }, as(role))
    const first = await Promise.all(Array.from({ length: 6 }, () => read('viewer')))
    expect(first.map(({ status }) => status)).toEqual(Array(6).fill(200))
    const refused = await read('viewer')
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect((await read('responder')).status).toBe(200)
    const change = () => send('post', granted['post /api/alarms/{id}/acknowledge']!, as('responder'))
    expect([(await change()).status, (await change()).status, (await change()).status]).toEqual([200, 200, 429])
    expect((await fetch(`${cloud.url}/healthz`)).status).toBe(200)
  })
})
