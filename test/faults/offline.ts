import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfluxDB } from 'influx'
import { openDataFile } from '../../edge/state/dataFile.ts'
import { Journal } from '../../edge/state/journal.ts'
import { readScenario } from '../../simulators/scenario.ts'
import { sendMessages } from '../../simulators/sendMessages.ts'
import { seededRandom } from '../../simulators/synthetic/random.ts'
import { openMqttWire } from '../../simulators/wire/mqttWire.ts'
import { projectFolder } from '../real/programs.ts'
import { alarmRevisions, backlogOf, templatesOf, type Templates } from './backlog.ts'
import { shippedModels } from './models.ts'
import { SentStream } from './sentStream.ts'
import { gatewayName, limits, startWorld, type World } from './world.ts'

interface Delays {
  count: number
  /** From told on MQTT to there in the store, s; looked at every 50 ms. */
  median: number
  worst: number
}

export interface OfflineResult {
  hours: number
  wearers: number
  seed: number
  /** The data file at the end of the outage, with its write-ahead log. */
  /** With the write-ahead log, of which the size does not grow; `bytesPerWearerHour` is without it. */
  disk: { bytes: number; mebibytes: number; limitMebibytes: number; bytesPerWearerHour: number }
  backlog: { alarms: number; alarmRevisions: number; summaries: number; givenUp: number }
  drain: {
    seconds: number
    summariesPerSecond: number
    /** Of the backlog, that were in the store when all of its alarms were. */
    summariesBeforeLastAlarm: number
    liveAlarms: Delays
  }
  /** Of live alarms with nothing waiting. */
  afterwards: Delays
  /** Of the backlog, that are not in the store. */
  lost: { alarms: number; summaries: number }
}

type Filled = OfflineResult['backlog'] & { bytes: number; closedBytes: number }

/** What a gateway may keep by default. */
const limitBytes = 512 * 1024 * 1024
const commitsPerSecond = 2
/** Live wearers send so much faster than life: alarms come often, and the three are the work of some sixty. */
const liveSpeed = 20
const lookEveryMillis = 50
const afterwardsSeconds = 30
const longestDrainSeconds = 1800
const destinations = [{ name: 'mqtt', takes: 'alarms' }, { name: 'influx' }] as const

/**
 * Puts what so many wearers say in so many hours into a gateway's own data file, as it would while InfluxDB is away; then a
 * real gateway sends it to a real InfluxDB while other wearers raise alarms. All wearers are simulated, the hours virtual.
 */
export async function offline(
  { hours, wearers, seed }: { hours: number; wearers: number; seed: number },
  say: (text: string) => void,
): Promise<OfflineResult> {
  const scenario = await readScenario(`${projectFolder}/test/faults/eventful.yaml`)
  const templates = templatesOf(scenario, { ...(await shippedModels()), limits })
  const assignments = scenario.wearers.map(({ device, wearer }) => ({ device, wearer }))
  let filled: Filled | undefined
  const world = await startWorld(assignments, {
    prepare: async (folder) => {
      filled = await fill(folder, templates, { hours, wearers, seed }, say)
    },
  })
  try {
    if (filled === undefined) throw new Error('expected a data file')
    const { bytes, closedBytes, ...backlog } = filled
    say(`${(bytes / 2 ** 20).toFixed(1)} MiB on disk; InfluxDB is there again`)
    const stream = new SentStream(scenario, { seed, startEpochMicros: Date.now() * 1000, onSent: () => undefined })
    const wire = await openMqttWire(world.broker.url)
    const sending = sendMessages(stream.messages(), wire, { speed: liveSpeed })
    const drained = await watchDrain(world, backlog, say)
    stream.end()
    await sending
    await wire.close('confirmed')
    const mebibytes = bytes / 2 ** 20
    const bytesPerWearerHour = closedBytes / wearers / hours
    const disk = { bytes, mebibytes, limitMebibytes: limitBytes / 2 ** 20, bytesPerWearerHour }
    return { hours, wearers, seed, disk, backlog, ...drained }
  } finally {
    await world.stop()
  }
}

/** Commits second by second what would have come, as fast as the disk takes it. */
async function fill(
  folder: string,
  templates: Templates,
  { hours, wearers, seed }: { hours: number; wearers: number; seed: number },
  say: (text: string) => void,
): Promise<Filled> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'gateway.db')
  const journal = new Journal(openDataFile(path, undefined, Date.now).db, { maxBytes: limitBytes })
  const names = Array.from({ length: wearers }, (_, i) => wardName(i))
  const random = seededRandom(seed, 'backlog')
  const beganAt = Math.floor(Date.now() / 60_000) * 60_000 - hours * 3_600_000
  const filled = { alarms: 0, alarmRevisions: 0, summaries: 0 }
  const perCommit = Math.ceil(names.length / commitsPerSecond)
  for (let second = 0; second < hours * 3600; second += 1) {
    for (let first = 0; first < names.length; first += perCommit) {
      const some = names.slice(first, first + perCommit)
      const summaries = some.flatMap((wearer, i) =>
        backlogOf(templates, { second, beganAt, wearer, index: first + i, random }),
      )
      // One an hour and wearer, spread over the hour.
      const alarms = some.flatMap((wearer, i) =>
        second % 3600 === Math.floor(((first + i) * 3600) / names.length)
          ? alarmRevisions(templates, { wearer, atMillis: beganAt + second * 1000, index: first + i })
          : [],
      )
      if (alarms.length > 0) filled.alarms += new Set(alarms.map(({ alarm }) => alarm.id)).size
      filled.alarmRevisions += alarms.length
      filled.summaries += summaries.length
      journal.commit([], [...alarms, ...summaries], destinations, [])
    }
    if (second % 3600 === 3599) {
      say(`hour ${(second + 1) / 3600} of ${hours}: ${(sizeOf(path) / 2 ** 20).toFixed(1)} MiB`)
      await sleep(0)
    }
  }
  const { thinned, dropped } = journal.outboxReport()
  const bytes = sizeOf(path)
  journal.close()
  return { ...filled, bytes, closedBytes: sizeOf(path), givenUp: thinned + dropped }
}

const wardName = (index: number): string => `ward-${String(index + 1).padStart(3, '0')}`

function sizeOf(path: string): number {
  const files = ['', '-wal', '-shm'].map((ending) => `${path}${ending}`)
  return files.reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0)
}

/** Looks at what is in the store again and again, until the backlog is there and for a while longer. */
async function watchDrain(
  { influxd, toldAt }: World,
  backlog: OfflineResult['backlog'],
  say: (text: string) => void,
): Promise<Pick<OfflineResult, 'drain' | 'afterwards' | 'lost'>> {
  const influx = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: gatewayName })
  /** By id: performance.now() at which it was first seen in the store. */
  const storedAt = new Map<string, number>()
  const count = async (measurement: string, field: string): Promise<number> => {
    const [row] = await influx.query<{ n: number }>(
      `SELECT count("${field}") AS n FROM "${measurement}" WHERE "wearer" =~ /^ward-/`,
    )
    return row?.n ?? 0
  }
  const beganAt = performance.now()
  let summariesBeforeLastAlarm: number | undefined
  let drainedAt: number | undefined
  let [alarms, summaries, looks] = [0, 0, 0]
  while (drainedAt === undefined || performance.now() - drainedAt < afterwardsSeconds * 1000) {
    if (performance.now() - beganAt > longestDrainSeconds * 1000) break
    const live = await influx
      .query<{ id: string }>(`SELECT "id" FROM "alarms" WHERE "wearer" !~ /^ward-/`)
      .catch(() => [])
    const now = performance.now()
    for (const { id } of live) if (!storedAt.has(id)) storedAt.set(id, now)
    // Counting is dear: each second, and more often while the first are awaited.
    if (drainedAt === undefined && (summariesBeforeLastAlarm === undefined || looks % 20 === 0)) {
      alarms = await count('alarms', 'revision').catch(() => 0)
      summaries =
        (await count('summary_1s', 'beats').catch(() => 0)) + (await count('summary_60s', 'beats').catch(() => 0))
      if (alarms === backlog.alarms) summariesBeforeLastAlarm ??= summaries
      if (alarms === backlog.alarms && summaries === backlog.summaries) drainedAt = performance.now()
      if (looks % 200 === 0) say(`${summaries} of ${backlog.summaries} summaries stored`)
    }
    looks += 1
    await sleep(lookEveryMillis)
  }
  const end = drainedAt ?? performance.now()
  const seconds = (end - beganAt) / 1000
  const between = (from: number, to: number): Delays => {
    const delays = [...storedAt]
      .flatMap(([id, at]) => {
        const told = toldAt.get(id)
        return told === undefined || told < from || told >= to ? [] : Math.max(0, at - told) / 1000
      })
      .sort((a, b) => a - b)
    return { count: delays.length, median: delays[delays.length >> 1] ?? NaN, worst: delays.at(-1) ?? NaN }
  }
  return {
    drain: {
      seconds,
      summariesPerSecond: summaries / seconds,
      summariesBeforeLastAlarm: summariesBeforeLastAlarm ?? NaN,
      liveAlarms: between(beganAt, end),
    },
    afterwards: between(end, Infinity),
    lost: { alarms: backlog.alarms - alarms, summaries: backlog.summaries - summaries },
  }
}
