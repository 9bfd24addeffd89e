import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { startInfluxd, type Influxd } from './real/influxd.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs, projectFolder } from './real/programs.ts'
import { RunningProcess, vitalEdge } from './real/vitalEdge.ts'

interface Target {
  refId: string
  datasource: { type: string; uid: string }
  resultFormat: 'time_series' | 'table'
  query: string
}
interface Dashboard {
  uid: string
  title: string
  panels: { id: number; title: string; targets: Target[] }[]
  templating: { list: { name: string; query: string; allValue?: string }[] }
  annotations: { list: { query: string }[] }
}

const folder = join(projectFolder, 'cloud/grafana')
const files = readdirSync(join(folder, 'dashboards')).sort()
const dashboards = files.map((file) => JSON.parse(readFileSync(join(folder, 'dashboards', file), 'utf8')) as Dashboard)
const { there, why } = needs('mosquitto', 'influxd')
const database = 'ward'

describe('the provisioned dashboards of Grafana', () => {
  it('are the wall, a wearer and a gateway, on the provisioned data source', () => {
    expect(files).toEqual(['gateway.json', 'wall.json', 'wearer.json'])
    const { datasources } = parse(readFileSync(join(folder, 'provisioning/datasources/vital-edge.yaml'), 'utf8')) as {
      datasources: { uid: string; type: string }[]
    }
    expect(datasources).toMatchObject([{ uid: 'vital-edge', type: 'influxdb' }])
    for (const { panels } of dashboards) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      for (const { targets } of panels)
        for (const { datasource } of targets) expect(datasource).toEqual({ type: 'influxdb', uid: 'vital-edge' })
    }
  })
})

describe.skipIf(!there)(`every query of the dashboards, on an InfluxDB filled by simulated wearers${why}`, () => {
  let influxd: Influxd
  let broker: Mosquitto
  let gateway: RunningProcess
  let from: number
  let to: number

  beforeAll(async () => {
    influxd = await startInfluxd()
    broker = await startMosquitto()
    gateway = await RunningProcess.start('gateway', (dataDirectory) => ({
      gateway: 'gw-01',
      dataDirectory,
      mqtt: { url: broker.url },
      assignments: [1, 2, 3, 4].map((n) => ({ device: `sim-0${n}`, wearer: `w-0${n}` })),
      store: { kind: 'influx', url: influxd.url, database },
      dashboard: false,
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    }))
    from = Date.now() - 60_000
    const sent = await vitalEdge('simulate', 'demo', '--to', broker.url, '--speed', '20', '--for', '480')
    expect([sent.code, sent.stderr]).toEqual([0, expect.any(String)])
    await eventually('an alarm and some minutes of vital signs rest in InfluxDB', async () => {
      const minutes = await series('SELECT count("beats") FROM "summary_60s" GROUP BY "wearer"')
      const [alarms] = await series('SELECT "type" FROM "alarms"')
      const types = new Set(alarms?.values.map(([, type]) => type))
      return (minutes.length === 4 && types.size === 2) || undefined
    })
    to = Date.now() + 3600_000
  }, 240_000)

  afterAll(async () => {
    await gateway?.remove()
    await broker?.stop()
    await influxd?.remove()
  })

  interface Series {
    tags?: Record<string, string>
    columns: string[]
    values: unknown[][]
  }

  async function series(query: string): Promise<Series[]> {
    const body = new URLSearchParams({ db: database, q: query })
    const response = await fetch(`${influxd.url}/query`, { method: 'POST', body })
    const answer = (await response.json()) as { error?: string; results?: { error?: string; series?: Series[] }[] }
    const error = answer.error ?? answer.results?.[0]?.error
    if (error !== undefined) throw new Error(`${query}: ${error}`)
    return answer.results?.[0]?.series ?? []
  }

  /** What Grafana puts in place of its own variables. */
  function filledIn(query: string, variables: Record<string, string>): string {
    const text = query
      .replaceAll('$timeFilter', `time >= ${from}ms and time <= ${to}ms`)
      .replaceAll('$__interval', '1m')
    const done = Object.entries(variables).reduce((so, [name, value]) => so.replaceAll(`$${name}`, value), text)
    expect(done).not.toMatch(/\$(?!\/)/)
    return done
  }

  /** Values that are there, besides the time. */
  const filled = (found: Series[]): number =>
    found.reduce((sum, { values }) => sum + values.filter((row) => row.slice(1).some((v) => v !== null)).length, 0)

  const panels = dashboards.flatMap((dashboard) =>
    dashboard.panels.flatMap((panel) =>
      panel.targets.map((target) => ({
        name: `${dashboard.title}: ${panel.title} (${target.refId})`,
        dashboard,
        target,
      })),
    ),
  )

  it.each(panels)('$name gives data', async ({ dashboard, target }) => {
    const variables: Record<string, string> = {}
    for (const { name, query, allValue } of dashboard.templating.list) {
      const [found] = await series(query)
      const values = (found?.values ?? []).map(([, value]) => String(value))
      expect(values).toEqual(name === 'wearer' ? ['w-01', 'w-02', 'w-03', 'w-04'] : ['gw-01'])
      variables[name] = allValue ?? values.join('|')
    }
    const found = await series(filledIn(target.query, variables))
    expect(filled(found)).toBeGreaterThan(0)
    // Of nobody, nothing: the variables are not for show.
    const nobody = Object.fromEntries(Object.keys(variables).map((name) => [name, 'nobody']))
    expect(await series(filledIn(target.query, nobody))).toEqual([])
  })

  it('and the annotations give data', async () => {
    for (const { annotations } of dashboards)
      for (const { query } of annotations.list)
        expect(filled(await series(filledIn(query, { wearer: '.*' })))).toBeGreaterThan(0)
  })
})
