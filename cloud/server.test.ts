import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Alarm } from '../edge/messages.ts'
import { httpSchema } from './config.ts'
import { Live } from './live.ts'
import { startCloud } from './server.ts'
import type { Cloud, CloudOptions } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import type { Store } from './store/store.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

const token = 'correct-horse-battery-staple'
let broker: Awaited<ReturnType<typeof startBroker>>
let gateway: Awaited<ReturnType<typeof startStandInGateway>>
let store: Store
let cloud: Cloud
let dashboard: string
let now: number

beforeAll(() => {
  dashboard = mkdtempSync(join(tmpdir(), 'vital-edge-page-'))
  mkdirSync(join(dashboard, 'assets'))
  writeFileSync(join(dashboard, 'index.html'), '<!doctype html><body><!--initial-state--><div id="app"></div></body>')
  writeFileSync(join(dashboard, 'assets', 'a.js'), 'export {}')
})
afterAll(() => rmSync(dashboard, { recursive: true }))

beforeEach(async () => {
  now = Date.now()
  broker = await startBroker()
  gateway = await startStandInGateway(broker.url)
  store = openEmbeddedStore(':memory:')
})
afterEach(async () => {
  await cloud?.stop()
  await store.stop()
  await gateway.stop()
  await broker.stop()
})

async function start(changes: Partial<CloudOptions> & { token?: string } = {}) {
  const live = new Live({ url: broker.url, base: 'vital-edge', requestTimeoutMs: 500 })
  const http = httpSchema.parse({ port: 0, ...(changes.token === undefined ? {} : { token: changes.token }) })
  cloud = await startCloud({ store, live, http, dashboard, now: () => now, ...changes })
  return live
}

async function json(path: string, init?: RequestInit) {
  const response = await fetch(cloud.url + path, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const post = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const alarmsOf = async (query = '') => (await json(`/api/alarms${query}`)).body['alarms'] as Alarm[]

describe('the API', () => {
  it('tells who is watched and since when', async () => {
    await start()
    await gateway.status(aStatus({}))
    await gateway.summary(aSummary({}))
    await expect
      .poll(async () => (await json('/api/wearers')).body)
      .toEqual({
        wearers: [
          {
            id: 'w1',
            gateway: 'g1',
            devices: ['d1'],
            watchingSince: '2026-01-01T00:00:00.000Z',
            coverage: 0.98,
            vitals: { heartRate: { value: 61, unit: '/min', at: '2026-01-01T00:00:01.000Z' } },
            score: 0.1,
            threshold: 0.5,
            scoredAt: '2026-01-01T00:00:00.000Z',
          },
        ],
      })
  })

  it('shows a wearer that only the store knows, as not watched', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
    const summaries = [0, 1, 3].map((n) => aSummary({ spanSeconds: 60, at: at(n), assessableSeconds: 60 }))
    await store.sink.write(summaries.map((summary) => ({ kind: 'summary', summary })))
    await start()
    const { wearers } = (await json('/api/wearers')).body as { wearers: Record<string, unknown>[] }
    expect(wearers[0]).toMatchObject({
      id: 'w1',
      coverage: 0.75,
      notWatchingBecause: `no gateway has spoken of them since ${at(3)}`,
    })
  })

  it('gives alarms of the live view and of the store as one list, each in its highest revision', async () => {
    const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString()
    const stored = Array.from({ length: 7 }, (_, n) => anAlarm({ id: `s${n}`, at: at(2 * n) }))
    await store.sink.write(stored.map((alarm) => ({ kind: 'alarm', alarm })))
    await start()
    await gateway.alarm(anAlarm({ id: 'l1', at: at(3) }))
    await gateway.alarm(anAlarm({ id: 's2', at: at(4), revision: 5, state: 'normal' }))
    await expect
      .poll(async () => (await alarmsOf('?limit=50')).map(({ id }) => id))
      .toEqual(['s6', 's5', 's4', 's3', 's2', 'l1', 's1', 's0'])
    expect((await alarmsOf('?state=active')).map(({ id }) => id)).toEqual(['s6', 's5', 's4', 's3', 'l1', 's1', 's0'])
    const seen: string[] = []
    let before = ''
    do {
      const { body } = await json(`/api/alarms?state=active&limit=2${before}`)
      seen.push(...(body['alarms'] as Alarm[]).map(({ id }) => id))
      before = body['next'] === undefined ? '' : `&before=${body['next'] as string}`
    } while (before !== '')
    expect(seen).toEqual(['s6', 's5', 's4', 's3', 'l1', 's1', 's0'])
  })

  it('shows live alarms though the store does not answer, and says what is missing', async () => {
    await start()
    await gateway.alarm(anAlarm({}))
    await store.stop()
    await expect.poll(() => alarmsOf()).toEqual([anAlarm({})])
    expect((await json('/api/alarms')).body['incomplete']).toMatch('the store did not answer')
  })

  it('takes an acknowledgement to the gateway that owns the alarm, once', async () => {
    const alarm = anAlarm({ id: 'odd/id with %, ü?' })
    await start()
    await gateway.alarm(alarm)
    await expect.poll(async () => (await alarmsOf()).length).toBe(1)
    const path = `/api/alarms/${encodeURIComponent(alarm.id)}/acknowledge`
    const first = await json(path, post({ by: 'nurse', comment: "it's <fine>" }))
    expect(first).toMatchObject({
      status: 200,
      body: { alarm: { state: 'active-acknowledged', acknowledged: { by: 'nurse', comment: "it's <fine>" } } },
    })
    const second = await json(path, post({ by: 'someone else' }))
    expect(second).toMatchObject({ status: 200, body: { alarm: { acknowledged: { by: 'nurse' } } } })
    expect(gateway.requests.filter(({ action }) => action === 'acknowledge')).toHaveLength(1)
    expect((await alarmsOf())[0]?.state).toBe('active-acknowledged')
  })

  it('fetches the evidence of an alarm from its gateway, in as many parts as it takes', async () => {
    await start()
    await gateway.alarm(anAlarm({}))
    await store.sink.write([{ kind: 'alarm', alarm: anAlarm({ id: 'forgotten' }) }])
    await expect.poll(async () => (await alarmsOf()).length).toBe(2)
    const response = await fetch(`${cloud.url}/api/alarms/${anAlarm({}).id}/evidence`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(await response.text()).toBe(`evidence of ${anAlarm({}).id}`)
    expect(gateway.requests.filter(({ action }) => action === 'get-evidence').length).toBeGreaterThan(1)
    expect(await json('/api/alarms/none/evidence')).toMatchObject({ status: 404 })
    expect(await json('/api/alarms/forgotten/evidence')).toMatchObject({
      status: 404,
      body: { detail: 'gateway "g1": no evidence of "forgotten"' },
    })
  })

  it('says so when an alarm is unknown, when the gateway is mute, and when it refuses', async () => {
    await start()
    await gateway.alarm(anAlarm({}))
    await store.sink.write([{ kind: 'alarm', alarm: anAlarm({ id: 'forgotten' }) }])
    await expect.poll(async () => (await alarmsOf()).length).toBe(2)
    expect(await json('/api/alarms/none/acknowledge', post({ by: 'nurse' }))).toMatchObject({
      status: 404,
      body: { error: 'not-found' },
    })
    expect(await json('/api/alarms/forgotten/acknowledge', post({ by: 'nurse' }))).toMatchObject({ status: 404 })
    gateway.fallMute()
    expect(await json(`/api/alarms/${anAlarm({}).id}/acknowledge`, post({ by: 'nurse' }))).toEqual({
      status: 504,
      body: { error: 'gateway-unreachable', detail: 'gateway "g1" did not answer within 0.5 s' },
    })
  })

  it('sends what was seen of a wearer to the gateway of that wearer', async () => {
    await start()
    await gateway.status(aStatus({}))
    await expect.poll(async () => ((await json('/api/wearers')).body['wearers'] as unknown[]).length).toBe(1)
    const seen = { by: ' Ana Nunes ', consciousness: 'A', breathes: 'air', ageYears: 71 }
    expect(await json('/api/wearers/w1/observations', post(seen))).toMatchObject({
      status: 200,
      body: { gateway: 'g1', wearer: 'w1' },
    })
    expect(gateway.requests.at(-1)).toMatchObject({ action: 'observe', wearer: 'w1', ...seen, by: 'Ana Nunes' })
    expect(await json('/api/wearers/w9/observations', post(seen))).toMatchObject({ status: 404 })
    const wrong = await json('/api/wearers/w1/observations', post({ ...seen, consciousness: 'X' }))
    expect([wrong.status, wrong.body['detail']]).toEqual([400, expect.stringContaining('body.consciousness')])
  })

  it('assigns and releases devices through the gateway', async () => {
    await start()
    await expect.poll(async () => ((await json('/api/gateways')).body['gateways'] as unknown[]).length).toBe(1)
    const assignment = { device: 'd-g1', wearer: 'w7', from: '2026-01-01T00:00:00.000Z' }
    expect(await json('/api/assignments', post(assignment))).toMatchObject({ status: 200, body: { gateway: 'g1' } })
    expect((await json('/api/devices')).body).toMatchObject({
      devices: [{ id: 'd-g1', gateway: 'g1' }],
      assignments: [{ ...assignment, gateway: 'g1' }],
      unanswered: [],
    })
    expect(await json('/api/devices/d-g1/release', post({}))).toMatchObject({ body: { assignments: [] } })
    expect((await json('/api/assignments', post({ device: 'd1', wearer: 'a b' }))).body['detail']).toMatch(
      /^body\.wearer: expected .* received "a b"$/,
    )
  })

  it('finds the gateway that hears a device where there are several', async () => {
    const second = await startStandInGateway(broker.url, 'g2')
    await start()
    await expect.poll(async () => ((await json('/api/gateways')).body['gateways'] as unknown[]).length).toBe(2)
    expect((await json('/api/assignments', post({ device: 'd-g2', wearer: 'w1' }))).body['gateway']).toBe('g2')
    expect(await json('/api/assignments', post({ device: 'd-g3', wearer: 'w1' }))).toMatchObject({ status: 400 })
    await second.stop()
  })

  it.each([
    ['/api/alarms?limit=x', 'query.limit: expected number, received "x"'],
    ['/api/alarms?limit=0', 'query.limit: expected at least 1, received "0"'],
    ['/api/alarms?state=open', 'query.state'],
    ['/api/alarms?before=now', 'query.before: expected "next" of an earlier page, received "now"'],
    ['/api/alarms?sate=active', 'sate'],
    ['/api/wearers/w1/summaries?from=yesterday', 'query.from'],
    ['/api/wearers/w1/summaries?span=5', 'query.span'],
  ])('refuses %s and says why', async (path, detail) => {
    await start()
    const answer = await json(path)
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid' } })
    expect(answer.body['detail']).toContain(detail)
  })

  it('refuses a body that is no JSON, too long or empty', async () => {
    await start()
    const send = (body: string) =>
      json('/api/alarms/x/acknowledge', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await send('{')).toMatchObject({ status: 400 })
    expect(await send(JSON.stringify({ by: 'x'.repeat(70_000) }))).toMatchObject({ status: 413 })
    expect((await send('{}')).body['detail']).toBe('body.by: expected string, received nothing')
    expect((await send('{"by":""}')).body['detail']).toBe('body.by: expected at least 1 character, received ""')
    const long = await send(JSON.stringify({ by: 'x', comment: 'y'.repeat(1001) }))
    expect(long.body['detail']).toMatch(/^body\.comment: expected at most 1000 characters, received "y/)
    expect(await json('/api/nothing')).toMatchObject({ status: 404, body: { error: 'not-found' } })
  })

  it('gives the summaries of a wearer', async () => {
    await store.sink.write([{ kind: 'summary', summary: aSummary({}) }])
    await start()
    expect((await json('/api/wearers/w1/summaries?span=1&from=2026-01-01T00:00:00Z')).body).toEqual({
      wearer: 'w1',
      spanSeconds: 1,
      summaries: [aSummary({})],
    })
  })

  it('tells of its health without naming anybody', async () => {
    await start({ health: () => ({ gateway: { rejected: { 'bad-crc': 3 } } }) })
    await gateway.status(aStatus({ id: 'very-secret' }))
    await gateway.raw('vital-edge/g1/alarms/x', 'not json')
    await expect
      .poll(async () => (await json('/healthz')).body)
      .toMatchObject({
        status: 'ok',
        broker: { connected: true, rejected: { 'not-json': 1 } },
        gateway: { rejected: { 'bad-crc': 3 } },
      })
    expect(JSON.stringify((await json('/healthz')).body)).not.toContain('very-secret')
  })
})

describe('the silence of a gateway', () => {
  it('is an alarm for each wearer, stands on the wall, is acknowledged here, and ends', async () => {
    await start({ silentAfterMs: 20_000 })
    await gateway.status(aStatus({}))
    await gateway.heartbeat()
    await expect.poll(async () => ((await json('/api/wearers')).body['wearers'] as unknown[]).length).toBe(1)
    now += 21_000
    await expect
      .poll(() => alarmsOf('?state=active'), { timeout: 5000 })
      .toMatchObject([{ code: 'gateway-silent', type: 'technical', priority: 'high', wearer: 'w1' }])
    const [alarm] = await alarmsOf()
    const { wearers } = (await json('/api/wearers')).body as { wearers: { notWatchingBecause?: string }[] }
    expect(wearers[0]?.notWatchingBecause).toBe(`gateway g1 is silent since ${alarm!.at}`)
    expect(wearers[0]).not.toHaveProperty('watchingSince')

    const path = `/api/alarms/${alarm!.id}/acknowledge`
    expect(await json(path, post({ by: 'nurse' }))).toMatchObject({ body: { alarm: { state: 'active-acknowledged' } } })
    expect((await store.alarm(alarm!.id))?.acknowledged?.by).toBe('nurse')
    expect(gateway.requests).toEqual([])

    await gateway.heartbeat()
    await expect.poll(async () => (await alarmsOf())[0]?.state).toBe('normal')
    await expect.poll(async () => (await store.alarm(alarm!.id))?.state).toBe('normal')
    expect((await json('/api/wearers')).body['wearers']).toMatchObject([{ watchingSince: aStatus({}).watchingSince }])
  })

  it('is known again after a restart of the cloud, without a second alarm', async () => {
    await start()
    await gateway.status(aStatus({}))
    await gateway.heartbeat()
    await expect.poll(async () => ((await json('/api/wearers')).body['wearers'] as unknown[]).length).toBe(1)
    gateway.breakOff()
    await expect.poll(async () => (await alarmsOf('?state=active')).length).toBe(1)
    const [alarm] = await alarmsOf()
    await json(`/api/alarms/${alarm!.id}/acknowledge`, post({ by: 'nurse' }))
    await gateway.stop()
    await cloud.stop()
    await start()
    now += 60_000
    await expect
      .poll(async () => (await json('/api/wearers')).body['wearers'], { timeout: 5000 })
      .toMatchObject([{ notWatchingBecause: expect.stringContaining('silent') as string }])
    expect(await alarmsOf()).toMatchObject([{ state: 'active-acknowledged' }])
    gateway = await startStandInGateway(broker.url)
    await expect
      .poll(() => alarmsOf())
      .toMatchObject([{ id: alarm!.id, state: 'normal', acknowledged: { by: 'nurse' } }])
  })
})

describe('server-sent events', () => {
  it('begin with a snapshot, tell of changes, and end when the server stops', async () => {
    await start()
    const response = await fetch(`${cloud.url}/api/events`)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const until = async (what: string) => {
      while (!text.includes(what)) {
        const { done, value } = await reader.read()
        if (done) throw new Error(`the stream ended before "${what}"`)
        text += value
      }
    }
    await until('event: snapshot\n')
    await gateway.alarm(anAlarm({ text: 'line\nbreak' }))
    await until('"line\\nbreak"')
    await gateway.status(aStatus({}))
    await until('event: wearer\ndata: {"gateway":"g1","id":"w1"')
    await gateway.summary(aSummary({}))
    await until('event: summary\n')
    const ended = reader.read()
    await cloud.stop()
    await ended
    expect((await reader.read()).done).toBe(true)
  })
})

describe('the end', () => {
  it('comes within about 2 s though the store is silent and a browser and a request hang on', async () => {
    let silent = false
    const or = <T>(answer: () => Promise<T>) => (silent ? new Promise<T>(() => undefined) : answer())
    const silentStore: Store = {
      kind: 'embedded',
      sink: { name: 'silent', write: (items) => or(() => store.sink.write(items)), stop: () => Promise.resolve() },
      alarms: (query) => or(() => store.alarms(query)),
      alarm: (id) => or(() => store.alarm(id)),
      wearers: () => or(() => store.wearers()),
      summaries: (query) => or(() => store.summaries(query)),
      erase: () => Promise.resolve(),
      unreadable: () => 0,
      stop: () => Promise.resolve(),
    }
    await start({ store: silentStore, silentAfterMs: 20_000 })
    await gateway.status(aStatus({}))
    await gateway.heartbeat()
    await expect.poll(async () => ((await json('/api/wearers')).body['wearers'] as unknown[]).length).toBe(1)
    silent = true
    // An alarm of our own to be stored, and the store to be asked whom it knows.
    now += 120_000
    const pages = await Promise.all([1, 2, 3].map(() => fetch(`${cloud.url}/api/events`)))
    const asked = fetch(`${cloud.url}/api/wearers/w1/summaries`).catch(() => 'cut off')
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const began = performance.now()
    await cloud.stop()
    expect(performance.now() - began).toBeLessThan(2500)
    expect(await asked).toBe('cut off')
    await Promise.all(pages.map((page) => page.text().catch(() => undefined)))
  })
})

describe('the page', () => {
  it('holds what it begins with, whatever ids and texts hold', async () => {
    await start()
    const text = '</script><script>alert(1)</script><!--'
    await gateway.alarm(anAlarm({ text }))
    await gateway.status(aStatus({ id: 'w-42' }))
    await expect.poll(async () => ((await json('/api/wearers')).body['wearers'] as unknown[]).length).toBe(1)
    await expect.poll(async () => (await alarmsOf()).length).toBe(1)
    const response = await fetch(cloud.url)
    const html = await response.text()
    expect(html).not.toContain('<script>alert')
    const state = /<script type="application\/json" id="initial-state">(.*?)<\/script>/.exec(html)?.[1]
    expect(JSON.parse(state!)).toMatchObject({ wearers: [{ id: 'w-42' }], alarms: [{ text }] })
    expect(html).toContain('<li>w-42: watching since')
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect((await fetch(`${cloud.url}/assets/a.js`)).headers.get('content-type')).toContain('javascript')
  })
})

describe('who may come in', () => {
  it('needs a token for any other address than loopback', async () => {
    const live = new Live({ url: broker.url, base: 'vital-edge' })
    const http = httpSchema.parse({ host: '0.0.0.0', port: 0 })
    await expect(startCloud({ store, live, http, dashboard })).rejects.toThrow(/^http\.token: expected a token/)
  })

  it('lets nobody see anything without the token, and everybody the bare health', async () => {
    await start({ token })
    for (const path of ['/api/wearers', '/api/alarms', '/api/events', '/api/devices', '/assets/a.js', '/api/nothing']) {
      expect((await fetch(cloud.url + path)).status, path).toBe(401)
    }
    expect((await fetch(`${cloud.url}/api/alarms/x/acknowledge`, post({ by: 'x' }))).status).toBe(401)
    expect((await fetch(`${cloud.url}/healthz`)).status).toBe(200)
    const page = await fetch(cloud.url)
    expect(page.status).toBe(401)
    const html = await page.text()
    expect(html).toContain('<form method="post" action="/api/session">')
    const style = createHash('sha256')
      .update(/<style>([^]*)<\/style>/.exec(html)![1]!)
      .digest('base64')
    expect(page.headers.get('content-security-policy')).toContain(`style-src 'sha256-${style}'`)
  })

  it('takes the token as bearer, and no other', async () => {
    await start({ token })
    const withToken = (value: string) =>
      fetch(`${cloud.url}/api/wearers`, { headers: { authorization: `Bearer ${value}` } })
    expect((await withToken(token)).status).toBe(200)
    expect((await withToken(`${token}x`)).status).toBe(401)
    for (let tries = 0; tries < 10; tries += 1) await withToken('guess')
    expect((await withToken('guess')).status).toBe(429)
  })

  it('opens a session through the form, with a cookie no script can read', async () => {
    await start({ token })
    const form = (value: string) =>
      fetch(`${cloud.url}/api/session`, {
        method: 'POST',
        body: new URLSearchParams({ token: value }),
        redirect: 'manual',
      })
    const wrong = await form('wrong')
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    const right = await form(token)
    expect(right.status).toBe(303)
    const cookie = right.headers.get('set-cookie')!
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const headers = { cookie: cookie.split(';')[0]! }
    expect((await fetch(cloud.url, { headers })).status).toBe(200)
    expect((await fetch(cloud.url, { headers: { cookie: 'vital-edge-session=guess' } })).status).toBe(401)
  })

  it('refuses a foreign Host on loopback, and a foreign Origin on what changes something', async () => {
    await start()
    const rebound = await new Promise<number | undefined>((resolve, reject) => {
      get(`${cloud.url}/api/wearers`, { headers: { host: 'evil.example:8080' } }, ({ statusCode }) =>
        resolve(statusCode),
      ).on('error', reject)
    })
    expect(rebound).toBe(403)
    const path = '/api/alarms/none/acknowledge'
    expect((await json(path, post({ by: 'x' }, { origin: 'http://evil.example' }))).status).toBe(403)
    expect((await json(path, post({ by: 'x' }, { origin: 'null' }))).status).toBe(403)
    expect((await json(path, post({ by: 'x' }, { origin: cloud.url }))).status).toBe(404)
  })

  it('names the certificate that cannot be read', async () => {
    const live = new Live({ url: broker.url, base: 'vital-edge' })
    const begin = (cert: string, key: string) =>
      startCloud({ store, live, http: httpSchema.parse({ port: 0, tls: { cert, key } }), dashboard })
    await expect(begin('/nowhere/cert.pem', dashboard)).rejects.toThrow(
      /^http\.tls\.cert: expected a readable file, received "\/nowhere\/cert\.pem" \(ENOENT\)$/,
    )
    await expect(begin(join(dashboard, 'index.html'), dashboard)).rejects.toThrow(/^http\.tls\.key: .*\(EISDIR\)$/)
  })

  it('names the port that is taken', async () => {
    await start()
    const http = httpSchema.parse({ port: Number(new URL(cloud.url).port) })
    const live = new Live({ url: broker.url, base: 'vital-edge' })
    await expect(startCloud({ store, live, http, dashboard })).rejects.toThrow(/^http\.port: expected a free port/)
  })
})
