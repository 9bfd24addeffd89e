import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import { inspectRecording } from '../../inspect.ts'
import { samplesOf, singleValuesOf, surviveDamage } from '../readAll.testing.ts'
import { openRecording } from '../recording.ts'

const folders: string[] = []
let folder: string
const put = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-e4-'))
  folders.push(folder)
  await put(
    'ACC.csv.gz',
    gzipSync('1000000000.0, 1000000000.0, 1000000000.0\n2.0, 2.0, 2.0\n64,-32,0\n1,2,3\n-64,0,16\n'),
  )
  await put('HR.csv', '1000000001.0\n1.0\n70.5\n71\n')
  await put('IBI.csv', '1000000000.0, IBI\n1.5,0.75\n2.25,0.75\n4,0.8125\n')
  await put('tags_S1.csv', '1000000003\n1000000001.25\n\n')
})
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))))

describe('a session of an Empatica E4', () => {
  test('has each channel at its own rate, from its own start', async () => {
    const recording = await openRecording(folder)
    expect(recording).toMatchObject({
      format: 'Empatica E4',
      startTime: '2001-09-09T01:46:40.000Z',
      durationSeconds: 4,
    })
    expect(recording.channels).toEqual([
      { name: 'ACC x', unit: '[g]', signal: 'accX', rateHz: 2, samples: 3 },
      { name: 'ACC y', unit: '[g]', signal: 'accY', rateHz: 2, samples: 3 },
      { name: 'ACC z', unit: '[g]', signal: 'accZ', rateHz: 2, samples: 3 },
      { name: 'HR', unit: '/min', signal: 'heartRate', rateHz: 1, samples: 2, startSeconds: 1 },
      { name: 'IBI', unit: 'ms', signal: 'rrInterval', rateHz: 0, samples: 3, irregular: true },
    ])
    const expected = [[1, 1 / 64, -1], [-0.5, 2 / 64, 0], [0, 3 / 64, 0.25], [70.5, 71], []]
    for (const seconds of [0.5, 1, 60]) expect(await samplesOf(recording, seconds)).toEqual(expected)
  })

  test('has the intervals at the beats that end them, with their gaps', async () => {
    expect(await singleValuesOf(await openRecording(folder))).toEqual([
      { channel: 4, atMicros: 1.5e6, value: 750 },
      { channel: 4, atMicros: 2.25e6, value: 750 },
      { channel: 4, atMicros: 4e6, value: 812.5 },
    ])
  })

  test('has its button presses as annotations, in order of time', async () => {
    const recording = await openRecording(`${folder}/`)
    expect(recording.annotationRateHz).toBe(1e6)
    expect(await recording.annotations()).toEqual([
      { sample: 1_250_000, code: 'tag', aux: '2001-09-09T01:46:41.250Z' },
      { sample: 3_000_000, code: 'tag', aux: '2001-09-09T01:46:43.000Z' },
    ])
  })

  test('may lack files, and files may be empty', async () => {
    await put('IBI.csv', '')
    await put('tags_S1.csv', '')
    await rm(join(folder, 'HR.csv'))
    const { channels, annotations } = await inspectRecording(await openRecording(folder))
    expect(channels.map(({ name, samples }) => [name, samples])).toEqual([
      ['ACC x', 3],
      ['ACC y', 3],
      ['ACC z', 3],
      ['IBI', 0],
    ])
    expect(annotations).toEqual({})
  })

  test.each([
    ['HR.csv', '1000000001.0\n', /HR\.csv: size: expected a start time and a sample rate, received 1 lines/],
    ['HR.csv', 'now\n1.0\n70\n', /HR\.csv: start time: expected a number, received "now"/],
    ['HR.csv', '1000000001.0\n0\n70\n', /HR\.csv: sample rate: expected a number > 0, received 0/],
    ['HR.csv', '1.0\n1\n70\n', /start time: expected all files within 31622400 s/],
    ['HR.csv', '1000000001.0\n1.0\n70\nhigh\n', /HR\.csv: line 4: expected a number, received "high"/],
    ['HR.csv', '1000000001.0\n1.0\n70,71\n', /HR\.csv: line 3: expected 1 cells, received 2/],
    ['IBI.csv', '1000000000.0, IBI\n2\n', /IBI\.csv: line 2: expected time and interval, received 1 cells/],
    ['IBI.csv', '1000000000.0, IBI\n2,1\n1,1\n', /IBI\.csv: line 3 time: expected at least 2, as before, received 1/],
    ['IBI.csv', '1000000000.0, IBI\n2,-1\n', /IBI\.csv: line 2 interval: expected above 0, .*received -1/],
    ['IBI.csv', '1000000000.0, IBI\n2,1e30\n', /IBI\.csv: line 2 interval: expected above 0, at most/],
    ['HR.csv', '1000000001.0\n1.0\n1e300\n', /HR\.csv: line 3: expected a number, received "1e300"/],
    ['HR.csv', '1000000001.0\n1e-30\n70\n', /HR\.csv: sample rate: expected rows of at most 31622400 s/],
    ['tags_S1.csv', 'then\n', /tags_S1\.csv: line 1: expected a number, received "then"/],
  ])('with %s %j names file and line', async (name, content, message) => {
    await put(name, content)
    await expect(openRecording(folder).then(inspectRecording)).rejects.toThrow(message)
  })

  test('a folder of something else is refused', async () => {
    for (const name of ['ACC.csv.gz', 'HR.csv']) await rm(join(folder, name))
    await expect(openRecording(folder)).rejects.toThrow(/folder: expected an Empatica E4 folder/)
  })

  test('damage anywhere is an error that names file and line, or read as it stands', async () => {
    for (const name of ['HR.csv', 'IBI.csv', 'tags_S1.csv', 'ACC.csv.gz'])
      await surviveDamage(join(folder, name), readFileSync(join(folder, name)), folder, 40)
  })
})

const { there, name } = withRecordings('stress-predict-e4', 'sessions of the Stress-Predict data set')
describe.skipIf(!there)(name, () => {
  const lines = (path: string) => readFileSync(recordingPath(path), 'utf8').trim().split('\n')

  test('are read as their files have them', async () => {
    const recording = await openRecording(recordingPath('stress-predict-e4/S05'))
    expect(recording.startTime).toBe('2022-02-14T09:12:05.000Z')
    const values = await samplesOf(recording, 7)
    const at = (name: string) => recording.channels.findIndex((channel) => channel.name === name)
    const acceleration = lines('stress-predict-e4/S05/ACC.csv').slice(2)
    expect(values[at('ACC y')]).toEqual(acceleration.map((row) => Number(row.split(',')[1]) / 64))
    expect(values[at('HR')]).toEqual(
      lines('stress-predict-e4/S05/HR.csv')
        .slice(2)
        .map((row) => Math.fround(Number(row))),
    )
    expect(recording.channels[at('HR')]).toMatchObject({ rateHz: 1, startSeconds: 10 })
    expect(await singleValuesOf(recording)).toEqual(
      lines('stress-predict-e4/S05/IBI.csv')
        .slice(1)
        .map((row) => {
          const [seconds = 0, interval = 0] = row.split(',').map(Number)
          return { channel: at('IBI'), atMicros: Math.round(seconds * 1e6), value: interval * 1000 }
        }),
    )
    const tags = lines('stress-predict-e4/S05/tags_S05.csv').map((tag) => (Number(tag) - 1644829925) * 1e6)
    expect((await recording.annotations()).map(({ sample }) => sample)).toEqual(tags)
  })

  test.each(['S14', 'S26'])('%s, partly gzipped, is the same in steps of any length', async (subject) => {
    const recording = await openRecording(recordingPath(`stress-predict-e4/${subject}`))
    expect(await samplesOf(recording, 0.7)).toEqual(await samplesOf(recording, 100))
  })
})
