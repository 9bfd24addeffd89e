import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InfluxDB } from 'influx'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alarmSchema } from '../edge/messages.ts'
import { fakeClock } from './real/fakeClock.ts'
import { startInfluxd, type Influxd } from './real/influxd.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs } from './real/programs.ts'
import { RunningProcess, vitalEdge } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto', 'influxd')
const clock = there ? fakeClock() : { why: '' }
const skipped = 'why' in clock ? why || ` (skipped: ${clock.why})` : ''
const day = 86_400_000
/** A gateway without a battery for its clock begins where it was made. */
const behind = -20 * 365 * day

describe.skipIf('why' in clock)(`a real gateway that starts with a wrong clock${skipped}`, () => {
  let influxd: Influxd
  let broker: Mosquitto
  let gateway: RunningProcess
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-no-clock-'))
  const scenario = join(folder, 'scenario.yaml')

  beforeAll(async () => {
    if ('why' in clock) return
    const events = [{ kind: 'desaturation', at: '14s', for: '18s', toPercent: 80 }]
    writeFileSync(
      scenario,
      stringify({ length: '45s', wearers: [{ wearer: 'w-01', device: 'sim-01', seed: 5, events }] }),
    )
    influxd = await startInfluxd()
    broker = await startMosquitto()
    clock.set(behind)
    const config = (dataDirectory: string) => ({
      gateway: 'no-clock',
      dataDirectory,
      mqtt: { url: broker.url },
      assignments: [{ device: 'sim-01', wearer: 'w-01' }],
      store: { kind: 'influx', url: influxd.url, database: 'no-clock' },
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    })
    gateway = await RunningProcess.start('gateway', config, clock.env)
  }, 60_000)

  afterAll(async () => {
    await gateway?.remove()
    await broker?.stop()
    await influxd?.remove()
    if (!('why' in clock)) clock.remove()
    rmSync(folder, { recursive: true })
  })

  it('keeps a record of the correction, and finds what happens to the wearer once, at its true time', async () => {
    if ('why' in clock) return
    const began = Date.now()
    const sent = vitalEdge('simulate', scenario, '--to', broker.url)
    await eventually('samples arrive', async () => ((await gateway.health()).counts.samples > 500 ? true : undefined))
    clock.set(0)
    expect((await sent).code).toBe(0)
    const alarms = await eventually('everything is confirmed', async () => {
      const all = await gateway.alarms()
      const { outbox } = await gateway.health()
      const isOver = all.some(({ code }) => code === 'device-off') && Object.keys(outbox.waiting).length === 0
      return isOver ? all : undefined
    })
    const ofWearer = alarms.filter(({ wearer }) => wearer !== undefined)
    expect(ofWearer.map(({ code }) => code).sort()).toEqual(['device-off', 'spo2-low'])
    const event = ofWearer.find(({ code }) => code === 'spo2-low')
    expect(event?.streamTime?.tick).toBeGreaterThan(14e6)
    // A device that has a clock is believed only once the gateway's is right: until then arrivals count.
    expect(Math.abs(Date.parse(event?.at ?? '') - began - (event?.streamTime?.tick ?? 0) / 1000)).toBeLessThan(10_000)

    const records = alarms.filter(({ code }) => code === 'gateway-clock-step')
    expect(records).toHaveLength(1)
    const { seconds, from, to } = records[0]?.params ?? {}
    expect(Math.abs(Number(seconds) + behind / 1000)).toBeLessThan(5)
    expect(Math.abs(Date.parse(String(to)) - Date.parse(String(from)) + behind)).toBeLessThan(5000)
    expect(Math.abs(Date.parse(String(to)) - began)).toBeLessThan(40_000)
    const influx = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: 'no-clock' })
    const rows = await influx.query<{ json: string }>('SELECT "json" FROM "alarms"')
    const stored = rows.map(({ json }) => alarmSchema.parse(JSON.parse(json)))
    expect(stored.find(({ code }) => code === 'gateway-clock-step')?.params).toEqual({ seconds, from, to })
    expect(stored.map(({ id }) => id).sort()).toEqual(alarms.map(({ id }) => id).sort())
  }, 120_000)
})
