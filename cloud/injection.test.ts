import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startInfluxd } from '../test/real/influxd.ts'
import type { Influxd } from '../test/real/influxd.ts'
import { needs } from '../test/real/programs.ts'
import { httpSchema } from './config.ts'
import { Live } from './live.ts'
import { startCloud } from './server.ts'
import type { Cloud } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import { openInfluxStore } from './store/influx.ts'
import type { Store } from './store/store.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

/** What SQL, InfluxQL, line protocol, MQTT topics, HTML, paths, headers and prototypes would take for something else. */
const hostile = [
  `' OR '1'='1`,
  `'; DROP TABLE alarms; --`,
  `" OR "wearer" =~ /.*/ --`,
  `'; DROP MEASUREMENT alarms; --`,
  `w1' OR time > 0 --`,
  `$wearer`,
  `w,code=x json="{}" 1`,
  `w1\nalarms,gateway=g1 revision=99i`,
  `w1\\`,
  `\\'; DROP DATABASE "vital-edge"; --`,
  `+/#`,
  `../../etc/passwd`,
  `<img src=x onerror=alert(1)>`,
  `x\r\nSet-Cookie: a=b`,
  `__proto__`,
  `\u0000`,
  `\u202e\ud800`,
]

/** As it is on the wire: without half of a pair of UTF-16. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

function harmless(open: () => Store | Promise<Store>) {
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let store: Store
  let cloud: Cloud
  const alarm = anAlarm({ id: 'pause.w1.1' })

  beforeEach(async () => {
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    store = await open()
    await store.sink.write([
      { kind: 'alarm', alarm },
      { kind: 'summary', summary: aSummary({}) },
      { kind: 'summary', summary: aSummary({ spanSeconds: 60 }) },
    ])
    const live = new Live({ url: broker.url, base: 'vital-edge' })
    const limits = { readsPerMinute: 10_000, changesPerMinute: 10_000 }
    cloud = await startCloud({ store, live, http: httpSchema.parse({ port: 0 }), limits })
    await gateway.status(aStatus({}))
    await gateway.alarm(alarm)
    await expect.poll(() => live.alarms.size * live.statuses.size).toBe(1)
  })
  afterEach(async () => {
    await cloud.stop()
    await store.stop()
    await gateway.stop()
    await broker.stop()
  })

  const get = async (path: string) => {
    const answer = await fetch(cloud.url + path)
    return { status: answer.status, text: await answer.text() }
  }
  const post = (path: string, body: unknown) =>
    fetch(cloud.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const stands = async () => {
    expect(await store.alarm(alarm.id)).toMatchObject({ id: alarm.id, wearer: 'w1' })
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 60, limit: 10 })).toHaveLength(1)
    expect((await store.wearers()).map(({ id }) => id)).toEqual(['w1'])
  }

  it.each(hostile)('as a name in a path or query finds and changes nothing: %j', async (name) => {
    const encoded = encodeURIComponent(wellFormed(name))
    const summaries = await get(`/api/wearers/${encoded}/summaries`)
    if (summaries.status === 200) expect(JSON.parse(summaries.text)).toMatchObject({ summaries: [] })
    else expect([400, 404]).toContain(summaries.status)
    const alarms = await get(`/api/alarms?wearer=${encoded}`)
    expect(alarms.status).toBe(200)
    expect((JSON.parse(alarms.text) as { alarms: unknown[] }).alarms).toEqual([])
    for (const query of [`before=${encoded}`, `limit=${encoded}`, `state=${encoded}`])
      expect((await get(`/api/alarms?${query}`)).status, query).toBe(400)
    for (const query of [`from=${encoded}`, `to=${encoded}`, `span=${encoded}`])
      expect((await get(`/api/wearers/w1/summaries?${query}`)).status, query).toBe(400)
    const range = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z'
    expect([400, 404]).toContain((await get(`/api/wearers/${encoded}/export?${range}`)).status)
    expect((await get(`/api/wearers/w1/export?${range}&zone=${encoded}`)).status).toBe(400)
    const before = gateway.requests.length
    const by = 'nurse'
    const sent: [string, object][] = [
      [`/api/alarms/${encoded}/acknowledge`, { by }],
      [`/api/wearers/${encoded}/observations`, { by, consciousness: 'A' }],
      [`/api/wearers/${encoded}/limits`, { by, limits: { spo2LowPercent: 85 } }],
      [`/api/wearers/${encoded}/erase`, { by, why: 'x' }],
      [`/api/devices/${encoded}/release`, {}],
      ['/api/assignments', { device: name, wearer: 'w1' }],
      ['/api/assignments', { device: 'd1', wearer: name }],
      ['/api/assignments', { device: 'd1', wearer: 'w1', gateway: name }],
      ['/api/alarms/shelve', { by, wearer: name, code: 'lead-off', seconds: 1, why: 'x' }],
      ['/api/alarms/pause-audio', { by, gateway: name, seconds: 1 }],
      ['/api/out-of-service', { by, wearer: name, why: 'x' }],
    ]
    for (const [path, body] of sent) expect([400, 404], path).toContain((await post(path, body)).status)
    expect(gateway.requests).toHaveLength(before)
    await stands()
  })

  it.each(hostile)('as a comment or a text is kept as it is, and runs nowhere: %j', async (words) => {
    const id = `pause.w1.${hostile.indexOf(words) + 2}`
    const comment = wellFormed(words).trim()
    await gateway.alarm(anAlarm({ id, text: wellFormed(words) }))
    await expect.poll(async () => (await get('/api/alarms')).text.includes(id)).toBe(true)
    const answer = await post(`/api/alarms/${id}/acknowledge`, { by: comment, comment: wellFormed(words) })
    expect(answer.status).toBe(200)
    const { alarm: acknowledged } = (await answer.json()) as { alarm: ReturnType<typeof anAlarm> }
    expect(acknowledged.acknowledged).toMatchObject({ by: comment, comment })
    await store.sink.write([{ kind: 'alarm', alarm: acknowledged }])
    expect(await store.alarm(id)).toEqual(acknowledged)
    expect((await store.alarms({ limit: 10, wearer: 'w1' })).alarms).toHaveLength(2)
    const range = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z'
    const csv = await get(`/api/wearers/w1/export?${range}&what=alarms`)
    expect(csv.status).toBe(200)
    await stands()
    expect(({} as Record<string, unknown>)['by']).toBeUndefined()
  })
}

describe('hostile text, on the embedded store,', () => {
  harmless(() => openEmbeddedStore(':memory:'))
})

const { there, why } = needs('influxd')
describe.skipIf(!there)(`hostile text, on a real InfluxDB,${why}`, () => {
  let influxd: Influxd
  let count = 0
  beforeAll(async () => {
    influxd = await startInfluxd()
  })
  afterAll(() => influxd.remove())
  harmless(() => openInfluxStore({ url: influxd.url, database: `hostile-${(count += 1)}` }))
})
