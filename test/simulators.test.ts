import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decoders } from '../firmware-bridge/decoders.ts'
import { defaultQuantisation } from '../firmware-bridge/quantisation.ts'
import type { Decoded, SamplesRecord, WireRecord } from '../firmware-bridge/records.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import type { OpenOptions, Recording } from '../simulators/recordings/recording.ts'
import { openRecording } from '../simulators/recordings/recording.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs, recording as recordingPath } from './real/programs.ts'
import { vitalEdgeLines } from './real/vitalEdge.ts'

const speed = 1000
/** With VITAL_EDGE_LONG=1 a day is replayed to its end, in a minute and a half; otherwise its first hours. */
const long = process.env['VITAL_EDGE_LONG'] === '1'
const hours = long ? '24 h' : 'the first 90 min'
const limitSeconds = long ? Infinity : 5400
const start = '2024-02-29T23:00:00.000Z'
const startMicros = Date.parse(start) * 1000

/** A value of a signal and where it begins, µs after the start. */
interface Placed {
  tick: number
  value: number
}

interface Summary {
  records: number
  samples: number
  seconds: number
  realTimeFactor: number
  worstLagSeconds: number
  ended: string
}

interface Truth {
  atMicros: number
  code: string
  aux?: string
}

let broker: Mosquitto
let folder: string
beforeAll(async () => {
  if (!needs('mosquitto').there) return
  broker = await startMosquitto()
  folder = mkdtempSync(join(tmpdir(), 'vital-edge-simulators-'))
})
afterAll(async () => {
  if (!needs('mosquitto').there) return
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Replays at 1,000 times life's speed with the built program, and gives all that a subscriber got up to the session's end. */
async function replayed(path: string, device: string, ...args: string[]) {
  const decode = decoders.frame.messages()
  const received: Decoded[] = []
  const subscriber = await connectAsync(broker.url)
  try {
    subscriber.on('message', (_topic, payload) => received.push(...decode(payload)))
    await subscriber.subscribeAsync(`wearables/${device}/frame`, { qos: 1 })
    const truth = join(folder, `${device}.truth.jsonl`)
    const to = ['--to', broker.url, '--speed', String(speed), '--start', start, '--truth', truth, '--json']
    const limit = Number.isFinite(limitSeconds) ? ['--limit', String(limitSeconds)] : []
    const [sent] = await vitalEdgeLines<Summary>('replay', recordingPath(path), ...to, ...limit, ...args)
    if (sent === undefined) throw new Error('replay: expected a summary, received none')
    await eventually('the end of the session', () =>
      received.some((r) => r.kind === 'event' && r.code === 'session-end'),
    )
    if (long)
      console.info(
        `${path}: ${sent.samples} values of ${sent.seconds.toFixed(0)} s at ${sent.realTimeFactor.toFixed(0)}×, ` +
          `at worst ${sent.worstLagSeconds.toFixed(3)} s late`,
      )
    const lines = readFileSync(truth, 'utf8').split('\n').filter(Boolean)
    return { sent, received, truth: lines.map((line) => JSON.parse(line) as Truth) }
  } finally {
    await subscriber.endAsync()
  }
}

/** What the recording itself says of each signal. */
async function recordedSignals(recording: Recording): Promise<Map<SignalName, Placed[]>> {
  const found = new Map<SignalName, Placed[]>()
  for (const { signal } of recording.channels) if (signal !== undefined) found.set(signal, [])
  const end = limitSeconds * 1e6
  for await (const blocks of recording.blocks(60)) {
    for (const { channel, startSample, values } of blocks) {
      const { signal, rateHz, startSeconds = 0 } = recording.channels[channel] as Recording['channels'][number]
      if (signal === undefined) continue
      for (const [i, value] of values.entries()) {
        const tick = Math.round((startSeconds + (startSample + i) / rateHz) * 1e6)
        if (tick < end) found.get(signal)?.push({ tick, value })
      }
    }
  }
  for await (const { channel, atMicros, value } of recording.values?.() ?? []) {
    const signal = recording.channels[channel]?.signal
    // An interval lies before the beat that ends it; the first may begin before the recording.
    const tick = Math.max(0, Math.round(atMicros - value * 1000))
    if (signal !== undefined && atMicros <= end) found.get(signal)?.push({ tick, value })
  }
  return found
}

function receivedSignals(records: readonly WireRecord[]): Map<SignalName, Placed[]> {
  const found = new Map<SignalName, Placed[]>()
  for (const { signal, tick, rateHz, values } of records.filter((r): r is SamplesRecord => r.kind === 'samples')) {
    let placed = found.get(signal)
    if (!placed) found.set(signal, (placed = []))
    for (const [i, value] of values.entries()) placed.push({ tick: Math.round(tick + (i * 1e6) / rateHz), value })
  }
  return found
}

/** How far a 32-bit float may be from a value; twice, as both sides have one. */
function roundedBy(value: number): number {
  return Math.abs(value) * 2 ** -23
}

/** Every frame once and in order, and every value at its place, as near as the frame's integers can say it. */
async function expectWithoutLoss(
  recording: Recording,
  { sent, received, truth }: Awaited<ReturnType<typeof replayed>>,
): Promise<Map<SignalName, Placed[]>> {
  const records = received.filter((r): r is WireRecord => r.kind !== 'fault' && 'sequence' in r)
  expect(received.length - records.length).toBe(0)
  expect(records.findIndex(({ sequence }, i) => sequence !== i)).toBe(-1)
  expect(sent).toMatchObject({ records: records.length, ended: 'complete' })

  const [expected, found] = [await recordedSignals(recording), receivedSignals(records)]
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort())
  let samples = 0
  for (const [signal, placed] of expected) {
    const got = found.get(signal) ?? []
    samples += got.length
    expect([signal, got.length]).toEqual([signal, placed.length])
    const halfCount = 0.5 / defaultQuantisation[signal].countsPerUnit
    const wrong = placed.findIndex(({ tick, value }, i) => {
      const other = got[i] as Placed
      const isSame = Number.isNaN(value)
        ? Number.isNaN(other.value)
        : Math.abs(value - other.value) <= halfCount + roundedBy(value)
      return tick !== other.tick || !isSame
    })
    expect([signal, wrong, placed[wrong], got[wrong]]).toEqual([signal, -1, undefined, undefined])
  }
  expect(sent.samples).toBe(samples)

  const times = records.filter((record) => record.kind === 'time')
  expect(times.length).toBeGreaterThan(0)
  expect(times.every(({ tick, epochMicros }) => epochMicros === startMicros + tick)).toBe(true)

  const end = Math.min(limitSeconds, recording.durationSeconds) * 1e6
  const marks = (await recording.annotations())
    .map(({ sample, code }) => ({ atMicros: Math.round((sample * 1e6) / recording.annotationRateHz), code }))
    .filter(({ atMicros }) => atMicros >= 0 && atMicros <= end)
  expect(truth.map(({ atMicros, code }) => ({ atMicros, code }))).toEqual(marks)
  return found
}

/** Stretches of more than a tenth of a second between two intervals that no interval covers. */
function gapsBetween(intervals: readonly Placed[]): { count: number; seconds: number } {
  const gaps = intervals.slice(1).map(({ tick }, i) => {
    const before = intervals[i] as Placed
    return (tick - before.tick) / 1e6 - before.value / 1000
  })
  const long = gaps.filter((seconds) => seconds > 0.1)
  return { count: long.length, seconds: long.reduce((sum, seconds) => sum + seconds, 0) }
}

const { there, why } = needs('mosquitto', 'recordings')
describe.skipIf(!there).concurrent(`a recording at 1,000 times life's speed over MQTT${why}`, () => {
  const timeout = long ? 300_000 : 60_000

  it('an Empatica session: every value, its lost beats and its button presses', { timeout }, async () => {
    const recording = await openRecording(recordingPath('stress-predict-e4/S05'))
    const replay = await replayed('stress-predict-e4/S05', 'S05')
    const found = await expectWithoutLoss(recording, replay)
    expect([...found.keys()].sort()).toEqual(
      ['accX', 'accY', 'accZ', 'heartRate', 'ppg', 'rrInterval', 'skinTemperature'].sort(),
    )
    // Where contact was lost no beats were found, and none are made up: 1446 of the session's 3278 s (IBI.csv, by awk).
    const gaps = gapsBetween(found.get('rrInterval') ?? [])
    expect(gaps.count).toBe(163)
    expect(gaps.seconds).toBeCloseTo(1446, 2)
    // As the file has them, in seconds since 1970.
    const presses = readFileSync(recordingPath('stress-predict-e4/S05/tags_S05.csv'), 'utf8').trim().split(/\s+/)
    const begin = Date.parse(recording.startTime ?? '') / 1000
    expect(presses).toHaveLength(7)
    expect(replay.truth.map(({ atMicros }) => begin + atMicros / 1e6)).toEqual(presses.map(Number))
  })

  it(`${hours} of annotated beats`, { timeout }, async () => {
    const recording = await openRecording(recordingPath('nsr2db/nsr001'))
    const replay = await replayed('nsr2db/nsr001', 'nsr001')
    const found = await expectWithoutLoss(recording, replay)
    expect(found.get('rrInterval')?.length).toBeGreaterThan(long ? 100_000 : 5000)
    expect(replay.truth.some(({ code }) => code === 'N')).toBe(true)
  })

  it(`${hours} of heart rate at 1 Hz`, { timeout }, async () => {
    const options: OpenOptions = { csv: { rateHz: 1 } }
    const recording = await openRecording(recordingPath('crisdb-hr/e167b_hr.csv.gz'), options)
    const found = await expectWithoutLoss(
      recording,
      await replayed('crisdb-hr/e167b_hr.csv.gz', 'e167b_hr', '--rate', '1'),
    )
    expect(found.get('heartRate')).toHaveLength(long ? 95_180 : limitSeconds)
  })
})
