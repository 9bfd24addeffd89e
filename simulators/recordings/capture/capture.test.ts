import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CaptureWriter } from '../../../firmware-bridge/capture.ts'
import { encodeFrame } from '../../../firmware-bridge/frame.ts'
import type { WireRecord } from '../../../firmware-bridge/records.ts'
import { inspectRecording } from '../../inspect.ts'
import { samplesOf, singleValuesOf, surviveDamage } from '../readAll.testing.ts'
import { openRecording } from '../recording.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-capture-'))
})
afterAll(() => rm(folder, { recursive: true }))

const bootId = 7
let sequence = 0
const next = () => ({ sequence: sequence++, bootId })
const ecg = (tick: number, values: number[], rateHz = 10): WireRecord => {
  return { kind: 'samples', ...next(), tick, signal: 'ecg', rateHz, values: Float32Array.from(values) }
}
const rr = (tick: number, millis: number): WireRecord => {
  const values = Float32Array.of(millis)
  return { kind: 'samples', ...next(), tick, signal: 'rrInterval', rateHz: 1000 / millis, values }
}
const records: WireRecord[] = [
  { kind: 'hello', ...next(), tick: 1e6, deviceId: 'strap-7', firmware: '1', signals: ['ecg'], detectsContact: true },
  { kind: 'time', ...next(), tick: 1.5e6, epochMicros: 1_600_000_000_000_000, uncertaintyMicros: 0 },
  ecg(2e6, [1, 2, 3, 4, 5]),
  rr(2e6, 500),
  // Rounded to the µs, it follows.
  ecg(2_500_001, [6, 7, 8, 9, 10]),
  rr(2.5e6, 800),
  // Half a second is lost, and two frames come in the wrong order.
  ecg(4e6, [4, 4, 4, 4, 4]),
  ecg(3.5e6, [3, 3, NaN, 3, 3]),
  { kind: 'event', ...next(), tick: 3.25e6, code: 'battery', value: 62.5 },
  { kind: 'event', ...next(), tick: 4.5e6, code: 'session-end' },
]
const frames = records.map((record) => encodeFrame(record))
const gap = Array<number>(5).fill(NaN)
const samples = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...gap, 3, 3, NaN, 3, 3, 4, 4, 4, 4, 4]

async function written(name: string, ...parts: Uint8Array[]): Promise<string> {
  await writeFile(join(folder, name), Buffer.concat(parts))
  return join(folder, name)
}

describe.each([
  ['a file of frames', () => written('a.frames', ...frames)],
  ['frames that came twice', () => written('b.bin', ...frames.flatMap((frame) => [frame, frame]))],
  ['frames between noise', () => written('c.frames', ...frames.flatMap((frame) => [Uint8Array.of(1, 2, 3, 0), frame]))],
  [
    'a capture of a line, cut where the program was killed',
    async () => {
      const path = join(folder, 'd.jsonl')
      const writer = new CaptureWriter(path, { port: '/dev/ttyS1', baudRate: 115_200 })
      const bytes = Buffer.concat(frames)
      for (let at = 0; at < bytes.length; at += 17) writer.chunk(Date.now() * 1000, bytes.subarray(at, at + 17))
      writer.broken(Date.now() * 1000, 'unplugged')
      writer.close()
      await appendFile(path, '[1,"AQ')
      return path
    },
  ],
])('%s', (_name, make) => {
  test('is a recording by stream time, with NaN for what was lost', async () => {
    const recording = await openRecording(await make())
    expect(recording).toMatchObject({ format: 'vital-edge frames', name: 'strap-7', durationSeconds: 3.5 })
    expect(recording.startTime).toBe('2020-09-13T12:26:39.500Z')
    expect(recording.channels).toEqual([
      { name: 'ecg', unit: 'mV', rateHz: 10, samples: 25, signal: 'ecg', startSeconds: 1 },
      {
        name: 'rrInterval',
        unit: 'ms',
        rateHz: 0,
        samples: expect.any(Number) as number,
        signal: 'rrInterval',
        irregular: true,
      },
    ])
    for (const seconds of [0.1, 1, 60]) expect(await samplesOf(recording, seconds)).toEqual([samples, []])
    expect(await singleValuesOf(recording)).toEqual([
      { channel: 1, atMicros: 1_500_000, value: 500 },
      { channel: 1, atMicros: 2_300_000, value: 800 },
    ])
    expect(recording.channels[1]?.samples).toBe(2)
    expect((await recording.annotations()).filter(({ code }) => code === 'battery').slice(0, 1)).toEqual([
      { sample: 2_250_000, code: 'battery', aux: '62.5' },
    ])
    expect((await inspectRecording(recording)).annotations).toEqual({ battery: 1, 'session-end': 1 })
  })
})

describe('a file of JSON lines', () => {
  const item = (sequence: number, tick: number, values: (number | null)[]) => {
    return { bootId: 7, sequence, tick, signal: 'ecg', unit: 'mV', rateHz: 10, values }
  }
  const line = (...items: object[]) => `${JSON.stringify(items)}\n`

  test.each(['e.jsonl', 'e.ndjson', 'e.json', 'e'])('%s is a recording, with NaN for what was lost', async (name) => {
    const path = await written(
      name,
      Buffer.from(
        `${line(item(0, 0, [1, 2]), item(1, 200_000, [3, null]))}{"bootId":7,\n\n${line(item(3, 600_000, [7, 8]))}`,
      ),
    )
    const recording = await openRecording(path)
    expect(recording).toMatchObject({ format: 'vital-edge JSON', name: 'e', durationSeconds: 0.8 })
    expect(await samplesOf(recording)).toEqual([[1, 2, 3, NaN, NaN, NaN, 7, 8]])
  })

  test('may be one payload in many lines, and is refused where that is damaged', async () => {
    const text = JSON.stringify([item(0, 0, [1, 2]), item(1, 200_000, [3])], undefined, 1).replace(/\n +/g, '\n')
    expect(await samplesOf(await openRecording(await written('h.json', Buffer.from(text))))).toEqual([[1, 2, 3]])
    const cut = await written('i.json', Buffer.from(text.slice(0, -3)))
    await expect(openRecording(cut)).rejects.toThrow(/i\.json: JSON: expected a payload, or one in each line, received/)
  })

  test('of endless lines is refused', async () => {
    const path = await written('j.jsonl', Buffer.from(`${line(item(0, 0, [1]))}${'['.repeat(1_100_000)}`))
    await expect(openRecording(path)).rejects.toThrow(/j\.jsonl: line 2: expected at most 1048576 bytes, received more/)
  })

  test('without identity, or of nothing, is refused', async () => {
    const reading = { signal: 'ecg', unit: 'mV', rateHz: 10, values: [1] }
    const path = await written('f.jsonl', Buffer.from(line(item(0, 0, [1])) + line(reading)))
    await expect(openRecording(path)).rejects.toThrow(
      /f\.jsonl: line 2: expected bootId, sequence and tick in each item, received one without/,
    )
    await expect(openRecording(await written('g.json', Buffer.from('{"a":1}')))).rejects.toThrow(
      /g\.json: JSON: expected a payload, or one in each line, received signal: expected a name, received none/,
    )
  })
})

test('one boot of several must be named', async () => {
  const other = encodeFrame({ ...ecg(0, [9, 9]), bootId: 8 })
  const path = await written('boots.frames', ...frames, other)
  await expect(openRecording(path)).rejects.toThrow(
    /boots\.frames: boot id: expected one boot of one device, .*--stream.*received 7 \(10 frames\), 8 \(1 frames\)/,
  )
  expect(await samplesOf(await openRecording(path, { bootId: 8 }))).toEqual([[9, 9]])
  await expect(openRecording(path, { bootId: 9 })).rejects.toThrow(/frames: expected frames of boot 9, received 7, 8/)
})

test('a signal at two rates is two channels, each from its own start', async () => {
  const path = await written(
    'rates.frames',
    ...[ecg(0, [1, 2]), ecg(200_000, [3, 4], 20)].map((record) => encodeFrame(record)),
  )
  const recording = await openRecording(path)
  expect(recording.channels.map(({ rateHz, startSeconds }) => [rateHz, startSeconds])).toEqual([
    [10, undefined],
    [20, 0.2],
  ])
  expect(await samplesOf(recording)).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('a rate that frames round to mHz loses and doubles no sample', async () => {
  const rateHz = 62.4725
  const perFrame = 62
  const parts = Array.from({ length: 3600 }, (_, i) =>
    encodeFrame(ecg(Math.round((i * perFrame * 1e6) / rateHz), Array<number>(perFrame).fill(i % 10), rateHz)),
  )
  const [values = []] = await samplesOf(await openRecording(await written('mhz.frames', ...parts)), 5)
  expect(values).toHaveLength(3600 * perFrame)
  expect(values.some((value) => Number.isNaN(value))).toBe(false)
})

test('files without frames, and captures that are none, are refused', async () => {
  await expect(openRecording(await written('none.bin', Uint8Array.of(1, 2, 3)))).rejects.toThrow(
    /none\.bin: frames: expected at least one intact frame, .*received none/,
  )
  await expect(openRecording(join(folder, 'absent.frames'))).rejects.toThrow(/absent\.frames: file: .*ENOENT/)
  const broken =
    '{"format":"vital-edge-capture","version":1,"port":"x","baudRate":1,"startedAt":"2026-01-01T00:00:00Z"}\n[1]\n[2,"AA=="]\n'
  await expect(openRecording(await written('x.jsonl', Buffer.from(broken)))).rejects.toThrow(
    /x\.jsonl: line 2: expected \[microseconds, "base64"\], received \[1\]/,
  )
})

test('damage anywhere is an error that names the file, or read as it stands', async () => {
  await surviveDamage(join(folder, 'damaged.frames'), Buffer.concat(frames), undefined, 100)
})
