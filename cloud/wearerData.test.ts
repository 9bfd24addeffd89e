import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { httpSchema } from './config.ts'
import { csvLine } from './csv.ts'
import { Live } from './live.ts'
import { startCloud } from './server.ts'
import type { Cloud } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import type { Store } from './store/store.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

describe('a line of CSV', () => {
  it('quotes what must be, and runs no formula', () => {
    expect(csvLine(['a', 1, undefined, 'x,"y"\n'])).toBe('a,1,,"x,""y""\n"\r\n')
    for (const text of ['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\tx']) expect(csvLine([text]), text).toMatch(/^"?'/)
    expect(csvLine([-1.5])).toBe('-1.5\r\n')
  })
})

describe("a wearer's data", () => {
  const wearer = 'subject-4711'
  let folder: string
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let store: Store
  let cloud: Cloud

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vital-edge-data-'))
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    store = openEmbeddedStore(join(folder, 'store.db'))
    const live = new Live({ url: broker.url, base: 'vital-edge' })
    const http = httpSchema.parse({ port: 0, audit: join(folder, 'audit.jsonl') })
    cloud = await startCloud({ store, live, http })
  })
  afterEach(async () => {
    await cloud.stop()
    await store.stop()
    await gateway.stop()
    await broker.stop()
    rmSync(folder, { recursive: true })
  })

  const minute = (at: number, changes: Parameters<typeof aSummary>[0] = {}) => ({
    kind: 'summary' as const,
    summary: aSummary({ wearer, spanSeconds: 60, at: new Date(at).toISOString(), assessableSeconds: 45, ...changes }),
  })
  const exported = async (query: string) => {
    const answer = await fetch(`${cloud.url}/api/wearers/${wearer}/export?${query}`)
    return { status: answer.status, text: await answer.text() }
  }
  const erase = () =>
    fetch(`${cloud.url}/api/wearers/${wearer}/erase`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by: 'Ana Nunes', why: 'asked for it' }),
    })

  it('comes as days of a time zone, the one in which clocks are set 23 hours long', async () => {
    // 2026-03-28T23:00Z is midnight in Berlin, and the 29th ends at 22:00Z.
    const midnight = Date.UTC(2026, 2, 28, 23)
    const hour = 3600_000
    await store.sink.write([
      minute(midnight - 60_000),
      ...Array.from({ length: 10 }, (_, n) => minute(midnight + n * 60_000)),
      minute(midnight + hour, { means: {}, assessableSeconds: 0 }),
      minute(midnight + 23 * hour),
    ])
    const range = 'from=2026-03-28T22:00:00Z&to=2026-03-30T22:00:00Z'
    const { status, text } = await exported(`${range}&zone=Europe/Berlin`)
    expect(status).toBe(200)
    expect(text.split('\r\n')).toEqual([
      'day,zone,daySeconds,wornSeconds,assessableSeconds,coverageOfDay,coverageOfWear',
      '2026-03-28,Europe/Berlin,3600,60,45,0.0125,0.7500',
      '2026-03-29,Europe/Berlin,82800,600,450,0.0054,0.7500',
      '2026-03-30,Europe/Berlin,86400,60,45,0.0005,0.7500',
      '',
    ])
    expect((await exported(`${range}&zone=Nowhere`)).text).toContain('query.zone: expected the IANA name')
    expect((await exported('from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z')).status).toBe(400)
  })

  it('comes as minutes and as alarms', async () => {
    const at = Date.UTC(2026, 0, 1)
    const comment = '=cmd|\' /C calc\'!A0, "fine"'
    const acknowledged = { by: 'nurse', comment, at: '2026-01-01T00:01:00.000Z' }
    await store.sink.write([
      minute(at),
      { kind: 'alarm', alarm: anAlarm({ wearer, acknowledged }) },
      { kind: 'alarm', alarm: anAlarm({ wearer: 'other', id: 'x' }) },
    ])
    const range = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z'
    const [head = '', line = '', ...rest] = (await exported(`${range}&what=minutes`)).text.split('\r\n')
    const cells = Object.fromEntries(head.split(',').map((name, index) => [name, line.split(',')[index]]))
    expect(cells).toMatchObject({
      at: '2026-01-01T00:00:00.000Z',
      heartRate: '61.25',
      spo2: '',
      assessableSeconds: '45',
    })
    expect(rest).toEqual([''])
    const alarms = (await exported(`${range}&what=alarms`)).text
    expect(alarms.split('\r\n')).toHaveLength(3)
    expect(alarms).toContain(`nurse,"'=cmd|' /C calc'!A0, ""fine"""`)
  })

  it('is erased once no device is assigned: no file holds the id but for the line that says so', async () => {
    await store.sink.write([
      minute(Date.UTC(2026, 0, 1)),
      ...Array.from({ length: 50 }, (_, n) => ({
        kind: 'alarm' as const,
        alarm: anAlarm({ wearer, id: `pause.${wearer}.${n}`, revision: 1 }),
      })),
    ])
    await gateway.status(aStatus({ id: wearer }))
    await gateway.alarm(anAlarm({ wearer, id: `pause.${wearer}.99` }))
    const known = async () => (await (await fetch(`${cloud.url}/api/wearers`)).text()).includes(wearer)
    await expect.poll(known).toBe(true)
    const worn = await erase()
    expect([worn.status, (await worn.json()) as object]).toMatchObject([409, { error: 'worn' }])
    await gateway.status(aStatus({ id: wearer, devices: [] }))
    await expect.poll(async () => (await (await fetch(`${cloud.url}/api/wearers`)).text()).includes('d1')).toBe(false)
    const other = new Database(join(folder, 'store.db'))
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    other.close()
    expect(filesWith()).toContain('store.db')
    const done = await erase()
    expect(done.status).toBe(200)
    expect(((await done.json()) as { notErased: string[] }).notErased).toEqual([expect.stringContaining('gateway g1')])
    expect(await known()).toBe(false)
    expect(await (await fetch(`${cloud.url}/api/alarms`)).text()).not.toContain(wearer)
    expect(filesWith()).toEqual(['audit.jsonl'])
    const lines = readFileSync(join(folder, 'audit.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines.filter((line) => line.includes(wearer))).toEqual([lines.at(-1)])
    expect(lines.at(-1)).toContain('"action":"POST /api/wearers/:id/erase"')
    expect(lines).toHaveLength(2)
  })

  function filesWith(): string[] {
    return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(wearer))
  }
})
