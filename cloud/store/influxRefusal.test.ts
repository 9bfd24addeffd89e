import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InfluxDB } from 'influx'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RefusedForGood, type Summary } from '../../edge/messages.ts'
import { startInfluxd, type Influxd } from '../../test/real/influxd.ts'
import { needs } from '../../test/real/programs.ts'
import { openInfluxStore } from './influx.ts'

const summary: Summary = {
  schemaVersion: 1,
  gateway: 'gw',
  wearer: 'w-1',
  spanSeconds: 1,
  at: '2026-01-01T00:00:00.000Z',
  means: {},
  assessableSeconds: 1,
  beats: 1,
  anomalousBeats: 0,
}

const influxd1 = needs('influxd')

describe.skipIf(!influxd1.there)(`what InfluxDB will never take${influxd1.why}`, () => {
  let influxd: Influxd
  beforeAll(async () => {
    influxd = await startInfluxd()
  })
  afterAll(() => influxd?.remove())

  it('is told apart from what it does not take now', async () => {
    const raw = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: 'ward' })
    await raw.createDatabase('ward')
    await raw.writePoints([
      {
        measurement: 'summary_1s',
        tags: { gateway: 'gw', wearer: 'w-1' },
        fields: { beats: 'text' },
        timestamp: new Date(summary.at),
      },
    ])
    const store = openInfluxStore({ url: influxd.url, database: 'ward', timeoutMs: 3000 })
    await expect(store.sink.write([{ kind: 'summary', summary }])).rejects.toThrow(RefusedForGood)
    await influxd.stop()
    const down = await store.sink.write([{ kind: 'summary', summary }]).catch((error: unknown) => error)
    expect(down).toBeInstanceOf(Error)
    expect(down).not.toBeInstanceOf(RefusedForGood)
    await store.stop()
  })
})

describe('a server that is no InfluxDB, or one with trouble of its own', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections()
  })

  async function storeAt(listener: RequestListener) {
    const server = createServer(listener).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return openInfluxStore({ url: `http://127.0.0.1:${port}`, database: 'ward', timeoutMs: 10_000 })
  }

  /** Answers as InfluxDB does, but for a write, which gets this status and body. */
  const writesAnswered =
    (status: number, body: string): RequestListener =>
    (request, response) => {
      const isWrite = request.url?.startsWith('/write')
      response.writeHead(isWrite ? status : 200, { 'content-type': 'application/json' })
      const databases = { results: [{ series: [{ name: 'databases', columns: ['name'], values: [['ward']] }] }] }
      response.end(isWrite ? body : JSON.stringify(databases))
    }

  const failure = async (listener: RequestListener): Promise<unknown> => {
    const store = await storeAt(listener)
    const error: unknown = await store.sink.write([{ kind: 'summary', summary }]).catch((error: unknown) => error)
    await store.stop()
    return error
  }

  it('that answers 400 to everything may take the same later', async () => {
    const error = await failure((_, response) => {
      response.writeHead(400).end('Client sent an HTTP request to an HTTPS server: unable to parse')
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(RefusedForGood)
  })

  it.each([
    [400, '<html>400 Bad Request: unable to parse</html>'],
    [400, '{"error":"database name required"}'],
    [400, '{"error":"partial write: max-series-per-database limit exceeded: (1000000) dropped=1"}'],
    [404, '{"error":"database not found: \\"ward\\""}'],
    [500, '{"error":"partial write: timeout"}'],
  ])('that answers a write with %i %s may take it later', async (status, body) => {
    const error = await failure(writesAnswered(status, body))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(RefusedForGood)
  })

  it.each([
    [400, '{"error":"partial write: points beyond retention policy dropped=1"}'],
    [400, '{"error":"unable to parse \'summary_1s beats=x\': invalid number"}'],
    [422, '{"code":"unprocessable entity","message":"failure writing points: partial write: field type conflict: x"}'],
  ])('that answers a write with %i %s never will', async (status, body) => {
    expect(await failure(writesAnswered(status, body))).toBeInstanceOf(RefusedForGood)
  })

  it('is not asked about a time that it cannot hold', async () => {
    let asked = 0
    const store = await storeAt(() => (asked += 1))
    const old = { ...summary, at: '1600-01-01T00:00:00.000Z' }
    await expect(store.sink.write([{ kind: 'summary', summary: old }])).rejects.toThrow(RefusedForGood)
    expect(asked).toBe(0)
    await store.stop()
  })

  it('holds up the end for about a second where it does not answer', async () => {
    let asked = 0
    const store = await storeAt(() => (asked += 1))
    const calls = [
      store.alarms({ limit: 1 }),
      store.sink.write([{ kind: 'summary', summary }]),
      store.sink.write([{ kind: 'summary', summary }]),
    ]
    const settled = Promise.allSettled(calls)
    await expect.poll(() => asked).toBeGreaterThan(0)
    const began = performance.now()
    await store.stop()
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(performance.now() - began).toBeLessThan(1500)
  })
})
