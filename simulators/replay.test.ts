import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { recording as recordingPath, withRecordings } from '../test/real/programs.ts'
import { samplesOf, singleValuesOf } from './recordings/readAll.testing.ts'
import type { OpenOptions, Recording } from './recordings/recording.ts'
import { openRecording } from './recordings/recording.ts'
import { replay, truthLines } from './replay.ts'
import { openFileWire } from './wire/fileWire.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-replay-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Sends a recording into a file of frames, and opens that. */
async function sent(recording: Recording, limitSeconds?: number, signals?: ReadonlyMap<string, SignalName>) {
  const path = join(folder, `${recording.name}.frames`)
  const wire = await openFileWire(path)
  const options = {
    speed: 'max' as const,
    device: recording.name,
    bootId: 1,
    startEpochMicros: 0,
    signals,
    limitSeconds,
  }
  const counts = await replay(recording, wire, options)
  await wire.close('confirmed')
  return { counts, received: await openRecording(path) }
}

/** How far a value may be off: half a count of the frame's integers. */
const halfCount: Partial<Record<SignalName, number>> = { ppg: 1 / 2e4, heartRate: 1 / 200, skinTemperature: 1 / 200 }

/** Holds what came through frames against the recording: same places, same values, to half a count. */
async function expectSame(received: Recording, recording: Recording): Promise<void> {
  const [before, after] = [await samplesOf(recording, 60), await samplesOf(received, 60)]
  const taken = recording.channels.flatMap(({ signal, irregular }, i) => (signal && !irregular ? [{ signal, i }] : []))
  for (const { signal, i } of taken) {
    const at = received.channels.findIndex((channel) => channel.signal === signal)
    const [channel, origin] = [received.channels[at], recording.channels[i]]
    expect(channel).toMatchObject({ rateHz: origin?.rateHz, samples: origin?.samples })
    expect(channel?.startSeconds ?? 0).toBe(origin?.startSeconds ?? 0)
    const [a, b] = [before[i] ?? [], after[at] ?? []]
    const allowed = (halfCount[signal] ?? 0) * 1.01 + 1e-6
    const wrong = a.findIndex(
      (value, k) => !(Math.abs(value - (b[k] ?? NaN)) <= allowed || (isNaN(value) && isNaN(b[k] ?? 0))),
    )
    expect([signal, wrong, a[wrong], b[wrong]]).toEqual([signal, -1, undefined, undefined])
  }
}

/** Beat times, to what a rate in mHz leaves of an interval, and intervals, to what a count leaves. */
async function expectSameBeats(received: Recording, recording: Recording, millis: number): Promise<void> {
  const [before, after] = [await singleValuesOf(recording), await singleValuesOf(received)]
  expect(after).toHaveLength(before.length)
  const offTime = before.map(({ atMicros }, i) => Math.abs(atMicros - (after[i]?.atMicros ?? NaN)) / 1000)
  const offValue = before.map(({ value }, i) => Math.abs(value - (after[i]?.value ?? NaN)))
  expect(Math.max(...offTime.slice(0, 100_000))).toBeLessThanOrEqual(millis)
  expect(Math.max(...offValue.slice(0, 100_000))).toBeLessThanOrEqual(0.51)
}

const e4 = withRecordings('stress-predict-e4', 'an Empatica E4 session comes through frames whole')
describe.skipIf(!e4.there)(e4.name, () => {
  test.each(['S05', 'S26'])('%s: every sample at its place, every beat, every gap', async (subject) => {
    const recording = await openRecording(recordingPath(`stress-predict-e4/${subject}`))
    const { counts, received } = await sent(recording)
    const signals = recording.channels.filter(({ signal }) => signal !== undefined)
    expect(counts.samples).toBe(signals.reduce((sum, { samples }) => sum + samples, 0))
    await expectSame(received, recording)
    await expectSameBeats(received, recording, 2)
  })

  test('its button presses are told apart, in stream time', async () => {
    const recording = await openRecording(recordingPath('stress-predict-e4/S05'))
    const lines: string[] = []
    for await (const line of truthLines(recording, 1100)) lines.push(line)
    expect(lines).toEqual([
      '{"atMicros":674000000,"code":"tag","aux":"2022-02-14T09:23:19.000Z"}\n',
      '{"atMicros":1020000000,"code":"tag","aux":"2022-02-14T09:29:05.000Z"}\n',
    ])
  })
})

const nsr = withRecordings('nsr2db', 'a day of beats without a signal comes through frames whole')
test.skipIf(!nsr.there)(nsr.name, async () => {
  const recording = await openRecording(recordingPath('nsr2db/nsr001'))
  const { counts, received } = await sent(recording)
  expect(counts.samples).toBe(recording.channels[0]?.samples)
  expect(counts.seconds).toBeCloseTo(recording.durationSeconds, 0)
  expect((await received.annotations()).map(({ code }) => code)).toEqual(['session-end'])
  await expectSameBeats(received, recording, 30)
})

const cast = withRecordings('crisdb-hr', 'a day of heart rate, one a second, comes through frames whole')
test.skipIf(!cast.there)(cast.name, async () => {
  const options: OpenOptions = { csv: { rateHz: 1 } }
  const recording = await openRecording(recordingPath('crisdb-hr/m201a_hr.csv.gz'), options)
  const { received } = await sent(recording)
  expect(received.durationSeconds).toBe(recording.durationSeconds)
  await expectSame(received, recording)
})

const wfdb = withRecordings('wfdb-formats', 'an alarm record of three channels')
test.skipIf(!wfdb.there)(wfdb.name, async () => {
  const recording = await openRecording(recordingPath('wfdb-formats/a103l'))
  const { received } = await sent(recording, 20)
  // The first ECG, and the pulse wave.
  expect(received.channels.map(({ signal, samples }) => [signal, samples])).toEqual([
    ['ecg', 5000],
    ['ppg', 5000],
  ])
  const chosen = await sent(recording, 20, new Map([['#1', 'ecg']]))
  const [lead = []] = await samplesOf(chosen.received)
  const all = await samplesOf(recording, 20)
  expect(Math.max(...lead.map((value, i) => Math.abs(value - (all[1]?.[i] ?? NaN))))).toBeLessThanOrEqual(0.000_51)
  await expect(sent(recording, 20, new Map([['#3', 'ecg']]))).rejects.toThrow(
    /channel: expected one of II, V, PLETH, received #3/,
  )
})
