import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InfluxDB } from 'influx'
import type { Alarm } from '../edge/messages.ts'
import { encodeFrame } from '../firmware-bridge/frame.ts'
import { deviceRecords } from '../simulators/recordedDevice.ts'
import { openRecording } from '../simulators/recordings/recording.ts'
import { startInfluxd, type Influxd } from './real/influxd.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs, recording } from './real/programs.ts'
import { startPtyPair } from './real/ptyPair.ts'
import { canonicalAlarms, RunningProcess, vitalEdge, vitalEdgeLines } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto', 'influxd', 'socat', 'recordings')

interface Line {
  kind: string
  verdict?: string
  detector?: string
}

describe.skipIf(!there)(`crashes and outages with real parts${why}`, () => {
  let influxd: Influxd
  let broker: Mosquitto
  const running: { remove(): Promise<void> }[] = []

  beforeAll(async () => {
    influxd = await startInfluxd()
    broker = await startMosquitto()
  })

  afterAll(async () => {
    await Promise.all(running.map((process) => process.remove()))
    await broker?.stop()
    await influxd?.remove()
  })

  /** A gateway of its own name, database and topics, for one device. */
  async function gateway(name: string, device: string, sources: object): Promise<RunningProcess> {
    const process = await RunningProcess.start('gateway', (folder) => ({
      gateway: name,
      dataDirectory: folder,
      mqtt: { url: broker.url },
      assignments: [{ device, wearer: `w-${device}` }],
      store: { kind: 'influx', url: influxd.url, database: name },
      limits: { silenceSeconds: 3600 },
      nobodyListening: { alarm: 'off' },
      sources,
    }))
    running.push(process)
    return process
  }

  const byMqtt = (name: string) => ({
    mqtt: [{ name: 'devices', topics: [{ pattern: `${name}/+/frame`, decoder: 'frame' }] }],
  })
  const replay = (record: string, to: string, speed: number, limit: number, ...more: string[]) =>
    vitalEdge(
      'replay',
      recording(`mitdb/${record}`),
      '--to',
      to,
      '--speed',
      String(speed),
      '--limit',
      String(limit),
      ...more,
    )
  const query = <T>(name: string, sql: string) =>
    new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: name }).query<T>(sql)

  /** A recording as frames, each with the stream time (µs) at which a device could send it. */
  async function framesOf(record: string, limitSeconds: number): Promise<{ at: number; bytes: Uint8Array }[]> {
    const frames = []
    const source = deviceRecords(await openRecording(recording(`mitdb/${record}`)), {
      device: record,
      startEpochMicros: 0,
      limitSeconds,
    })
    for await (const { atMicros, record } of source) frames.push({ at: atMicros, bytes: encodeFrame(record) })
    return frames
  }

  /** Writes as a device without flow control does: at its own time, whether or not anybody reads. Gives the bytes that found no room. */
  async function writeWithoutWaiting(
    path: string,
    frames: { at: number; bytes: Uint8Array }[],
    speed: number,
  ): Promise<number> {
    const port = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
    const start = performance.now()
    let refused = 0
    for (const { at, bytes } of frames) {
      await sleep(Math.max(0, at / 1000 / speed - (performance.now() - start)))
      try {
        refused += bytes.length - writeSync(port, bytes)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        refused += bytes.length
      }
    }
    closeSync(port)
    return refused
  }

  async function settled(process: RunningProcess): Promise<void> {
    await eventually(
      'the session has ended and everything is confirmed',
      async () => {
        const over = (await process.alarms()).some(({ code }) => code === 'device-off')
        // Open seconds are closed a few seconds after the last word.
        await sleep(over ? 7000 : 0)
        return over && Object.keys((await process.health()).outbox.waiting).length === 0 ? true : undefined
      },
      120,
    )
  }

  it('kill -9 of the gateway: over MQTT no sample and no alarm is lost, none is there twice', async () => {
    const limit = 600
    const offline = await vitalEdgeLines<Line>(
      'detect',
      recording('mitdb/208'),
      '--wearer',
      'w-208',
      '--limit',
      String(limit),
      '--json',
    )
    const process = await gateway('killed', '208', byMqtt('killed'))
    const sending = replay('208', broker.url, 30, limit, '--topic', 'killed/{device}/frame')
    for (const pause of [3000, 3700, 4100]) {
      await sleep(pause)
      await process.end('SIGKILL')
      await process.start()
    }
    expect((await sending).code).toBe(0)
    await settled(process)
    const expected = canonicalAlarms(offline.filter((line) => line.kind === 'alarm') as unknown as Alarm[])
    expect(canonicalAlarms(await process.alarms())).toEqual(expected)
    expect((await process.health()).devices.lostFrames).toBe(0)
    const stored = await query<{ id: string }>('killed', 'SELECT * FROM alarms')
    expect(stored.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id))
    // Every beat that was seen offline is in exactly one summary.
    const judged = offline.filter(({ detector }) => detector === 'ecg-beat')
    const [sums] = await query<{ beats: number; seconds: number }>(
      'killed',
      'SELECT sum(beats) AS beats, count(beats) AS seconds FROM summary_1s',
    )
    console.log(
      `killed three times: ${JSON.stringify({ ...sums, alarms: stored.length, beatsOffline: judged.length })}`,
    )
    expect(sums?.beats).toBe(judged.length)
  }, 240_000)

  it('kill -9 of the gateway: over a serial line the blind span is a technical alarm, and no earlier alarm is lost', async () => {
    const line = await startPtyPair()
    const process = await gateway('serial', '208', { serial: [{ name: 'port', path: line.gateway, device: '208' }] })
    const sending = writeWithoutWaiting(line.device, await framesOf('208', 600), 20)
    const [before] = await eventually('a first alarm', async () => {
      const alarms = (await process.alarms()).filter(({ code }) => code === 'ecg-anomaly')
      return alarms.length > 0 ? alarms : undefined
    })
    await process.end('SIGKILL')
    await sleep(6000)
    await process.start()
    const refused = await sending
    await settled(process)
    const alarms = await process.alarms()
    const { lostFrames } = (await process.health()).devices
    const technical = alarms.filter(({ code }) => code === 'data-gap' || code === 'gateway-restarted')
    console.log(`serial: ${JSON.stringify({ refused, lostFrames, technical: technical.map(({ text }) => text) })}`)
    expect(alarms.map(({ id }) => id)).toContain(before?.id)
    expect(new Set(alarms.map(({ id }) => id)).size).toBe(alarms.length)
    const restarted = technical.filter(({ code }) => code === 'gateway-restarted')
    expect(restarted).toHaveLength(1)
    expect(restarted[0]?.params['seconds']).toBeGreaterThan(6)
    expect(technical.filter(({ code }) => code === 'data-gap').length).toBeGreaterThan(0)
    expect(lostFrames).toBeGreaterThan(0)
    await line.stop()
  }, 120_000)

  it('InfluxDB down for a minute while streaming: every summary arrives afterwards', async () => {
    const process = await gateway('outage', '119', byMqtt('outage'))
    const sending = replay('119', broker.url, 8, 600, '--topic', 'outage/{device}/frame')
    await eventually(
      'first summaries',
      async () => ((await process.health()).sinks['influx']?.sent ?? 0) > 10 || undefined,
    )
    await influxd.stop()
    await eventually('the outage is noticed', async () => (await process.health()).sinks['influx']?.failingSince)
    await sleep(60_000)
    const waiting = (await process.health()).outbox.waiting['influx'] ?? 0
    expect(waiting).toBeGreaterThan(100)
    await influxd.start()
    expect((await sending).code).toBe(0)
    await settled(process)
    const [row] = await query<{ seconds: number }>('outage', 'SELECT count(beats) AS seconds FROM summary_1s')
    const [minutes] = await query<{ minutes: number }>('outage', 'SELECT count(beats) AS minutes FROM summary_60s')
    console.log(`InfluxDB away for a minute: ${JSON.stringify({ waiting, ...row, ...minutes })}`)
    // The last heart beats end in second 599; a second without the start or end of anything has no summary.
    expect(row?.seconds).toBeGreaterThanOrEqual(599)
    expect(row?.seconds).toBeLessThanOrEqual(601)
    expect(minutes?.minutes).toBeGreaterThanOrEqual(10)
    expect((await process.health()).outbox.dropped).toBe(0)
  }, 240_000)
})
