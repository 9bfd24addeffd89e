import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InfluxDB } from 'influx'
import mqtt, { type MqttClient } from 'mqtt'
import { openInfluxStore } from '../../cloud/store/influx.ts'
import type { Alarm, Summary } from '../../edge/messages.ts'
import { fakeClock, type FakeClock } from '../real/fakeClock.ts'
import { startHttpProxy, type HttpProxy } from '../real/httpProxy.ts'
import { startInfluxd, type Influxd } from '../real/influxd.ts'
import { startMosquitto, type Mosquitto } from '../real/mosquitto.ts'
import { mountSmallDisk, type SmallDisk } from '../real/smallDisk.ts'
import { RunningProcess } from '../real/vitalEdge.ts'

export const gatewayName = 'faults'
/** Nobody is silent for longer than the outages last: an alarm that says so is a false one. */
export const limits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 60 }
/** Room for the data file, what waits and little evidence. */
const diskMebibytes = 64

/** The real parts of a campaign, and what it hears of them. */
export interface World {
  broker: Mosquitto
  influxd: Influxd
  /** What the gateway takes for InfluxDB. */
  proxy: HttpProxy
  gateway: RunningProcess
  /** Absent where it cannot be had here; `missing` says why. */
  disk?: SmallDisk
  clock?: FakeClock
  missing: Partial<Record<'disk-full' | 'clock-stepped', string>>
  /** By id: the highest revision told on MQTT, and how many messages there were. */
  told: Map<string, number>
  messages: () => number
  /** By id: when it was first told, as `performance.now()` has it. */
  toldAt: Map<string, number>
  /** Everything that is in the store. */
  stored: () => Promise<{ stored: Alarm[]; summaries: Summary[] }>
  stop(): Promise<void>
}

const longestQuery = 1_000_000

/**
 * Starts broker, InfluxDB behind a proxy, a listener with a persistent session, and a gateway for these devices.
 *
 * @param prepare is given the gateway's data folder before that starts; then it lies on no small disk
 */
export async function startWorld(
  assignments: readonly { device: string; wearer: string }[],
  { prepare }: { prepare?: (dataDirectory: string) => Promise<void> } = {},
): Promise<World> {
  const stops: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  const started = <T>(part: T, end: (part: T) => Promise<void> | void): T => {
    stops.push(() => end(part))
    return part
  }
  try {
    const influxd = started(await startInfluxd(), (part) => part.remove())
    const proxy = started(await startHttpProxy(influxd.port), (part) => part.stop())
    const broker = started(await startMosquitto(), (part) => part.stop())
    const missing: World['missing'] = {}
    const mounted = prepare === undefined ? mountSmallDisk(diskMebibytes) : { why: 'not wanted' }
    const disk = 'why' in mounted ? undefined : started(mounted, (part) => part.remove())
    if ('why' in mounted) missing['disk-full'] = mounted.why
    const faked = fakeClock()
    const clock = 'why' in faked ? undefined : started(faked, (part) => part.remove())
    if ('why' in faked) missing['clock-stepped'] = faked.why
    const listener = started(await listen(broker.url), ({ client }) => client.endAsync(true))
    const folder =
      disk?.folder ??
      started(mkdtempSync(join(tmpdir(), 'vital-edge-faults-')), (path) => rmSync(path, { recursive: true }))
    const dataDirectory = join(folder, 'data')
    await prepare?.(dataDirectory)
    const config = {
      gateway: gatewayName,
      dataDirectory,
      mqtt: { url: broker.url },
      assignments,
      store: { kind: 'influx', url: proxy.url, database: gatewayName },
      limits,
      evidence: { maxBytes: 4_000_000 },
      dashboard: false,
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    }
    const gateway = started(await RunningProcess.start('gateway', () => config, clock?.env), (part) => part.remove())
    return {
      broker,
      influxd,
      proxy,
      gateway,
      missing,
      ...(disk && { disk }),
      ...(clock && { clock }),
      told: listener.told,
      messages: listener.messages,
      toldAt: listener.toldAt,
      stored: () =>
        allStored(
          influxd,
          assignments.map(({ wearer }) => wearer),
        ),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Hears every change of every alarm, through bounces of the broker. */
async function listen(url: string) {
  const told = new Map<string, number>()
  const toldAt = new Map<string, number>()
  let messages = 0
  const client: MqttClient = await mqtt.connectAsync(url, {
    clientId: 'faults-listener',
    clean: false,
    reconnectPeriod: 200,
  })
  // It connects again by itself.
  client.on('error', () => undefined)
  client.on('message', (_, payload) => {
    if (payload.length === 0) return
    const { id, revision } = JSON.parse(payload.toString()) as Alarm
    messages += 1
    if (!toldAt.has(id)) toldAt.set(id, performance.now())
    told.set(id, Math.max(told.get(id) ?? 0, revision))
  })
  await client.subscribeAsync(`vital-edge/${gatewayName}/alarms/#`, { qos: 1 })
  return { client, told, toldAt, messages: () => messages }
}

async function allStored({ port, url }: Influxd, wearers: readonly string[]) {
  const influx = new InfluxDB({ host: '127.0.0.1', port, database: gatewayName })
  const rows = await influx.query<{ json: string }>('SELECT "json" FROM "alarms"')
  const store = openInfluxStore({ url, database: gatewayName })
  const summaries: Summary[] = []
  for (const wearer of wearers)
    for (const spanSeconds of [1, 60] as const)
      summaries.push(...(await store.summaries({ wearer, spanSeconds, limit: longestQuery })))
  await store.stop()
  return { stored: rows.map(({ json }) => JSON.parse(json) as Alarm), summaries }
}
