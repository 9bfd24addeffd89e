import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inspectRecording } from '../../inspect.ts'
import { samplesOf, singleValuesOf, surviveDamage } from '../readAll.testing.ts'
import { openRecording } from '../recording.ts'
import { packers } from './packers.testing.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-segments-'))
})
afterAll(() => rm(folder, { recursive: true }))

const put = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content)
const pack = (samples: number[]) => packers[16]?.pack(samples) ?? new Uint8Array()

describe('a record of segments with different signals', () => {
  const master = ['v/5 3 10 12', 'v_layout 0', 'a 3', '~ 4', 'b 2', 'a 3'].join('\n')
  beforeEach(async () => {
    await put('v.hea', `${master}\n# a comment\n`)
    await put(
      'v_layout.hea',
      'v_layout 3 10 0\n~ 0 100/mV 16 0 0 0 0 II\n~ 0x2 100/NU 16 0 0 0 0 PLETH\n~ 0 1/mmHg 16 0 0 0 0 ABP\n',
    )
    await put('a.hea', 'a 1 10 3\na.dat 16 100/mV 16 0 1 6 0 II\n')
    await put('a.dat', pack([1, 2, 3]))
    // The other way round, with another gain.
    await put('b.hea', 'b 2 10 2\nb.dat 16x2 10/NU 16 0 4 22 0 PLETH\nb.dat 16 200/mV 16 0 8 18 0 II\n')
    await put('b.dat', pack([4, 5, 8, 6, 7, 10]))
  })

  test.each([0.1, 0.5, 100])('has NaN where a segment has not the signal, in steps of %d s', async (seconds) => {
    const recording = await openRecording(join(folder, 'v'))
    const a = [0.01, 0.02, 0.03].map(Math.fround)
    const gap = (length: number) => Array<number>(length).fill(NaN)
    expect(recording.channels.map(({ name, rateHz, samples }) => [name, rateHz, samples])).toEqual([
      ['II', 10, 12],
      ['PLETH', 20, 24],
      ['ABP', 10, 12],
    ])
    expect(await samplesOf(recording, seconds)).toEqual([
      [...a, ...gap(4), ...[0.04, 0.05].map(Math.fround), ...a],
      [...gap(14), ...[0.4, 0.5, 0.6, 0.7].map(Math.fround), ...gap(6)],
      gap(12),
    ])
    const { channels } = await inspectRecording(recording)
    expect(channels.map(({ checksum }) => checksum)).toEqual([6 + 18 + 6, 22, 0])
  })

  test('that have one name in the layout are told apart by their order', async () => {
    await put('v.hea', 'v/2 2 10 3\nv_layout 0\na 3\n')
    await put('v_layout.hea', 'v_layout 2 10 0\n~ 0 100/mV 16 0 0 0 0 II\n~ 0 100/mV 16 0 0 0 0 II\n')
    const values = await samplesOf(await openRecording(join(folder, 'v')))
    expect(values).toEqual([[0.01, 0.02, 0.03].map(Math.fround), [NaN, NaN, NaN]])
  })

  test.each([
    ['a missing segment', 'b.hea', undefined, /v\.hea: segment 3 \(b\): expected an existing segment/],
    ['a missing layout', 'v_layout.hea', undefined, /v\.hea: segment 0 \(v_layout\): expected an existing segment/],
    [
      'a missing signal file',
      'b.dat',
      undefined,
      /b\.hea: file name: expected an existing signal file, received b\.dat/,
    ],
    [
      'another rate',
      'a.hea',
      'a 1 11 3\na.dat 16 100/mV 16 0 1 6 0 II',
      /a\.hea: sampling frequency: expected 10, as in v\.hea/,
    ],
    [
      'another length',
      'a.hea',
      'a 1 10 2\na.dat 16 100/mV 16 0 1 3 0 II',
      /a\.hea: number of samples: expected 3 \(segment 1 /,
    ],
    [
      'a signal that the layout has not',
      'a.hea',
      'a 1 10 3\na.dat 16 100/mV 16 0 1 6 0 V',
      /a\.hea: signal 0 description: expected one of II/,
    ],
    [
      'another unit',
      'a.hea',
      'a 1 10 3\na.dat 16 100/uV 16 0 1 6 0 II',
      /a\.hea: signal 0 unit: expected mV, as in the record, received uV/,
    ],
    [
      'another number of samples a frame',
      'b.hea',
      'b 2 10 2\nb.dat 16 10/NU 16 0 4 9 0 PLETH\nb.dat 16 200/mV 16 0 8 18 0 II\n',
      /b\.hea: signal 0 samples per frame: expected 2, as in the record, received 1/,
    ],
    ['segments in a segment', 'a.hea', 'a/1 1 10 3\nb 3', /a\.hea: record name: expected a record of one segment/],
    [
      'a length that is not their sum',
      'v.hea',
      master.replace(' 12', ' 13'),
      /v\.hea: number of samples: expected 12, as of all segments, received 13/,
    ],
    [
      'too few lines',
      'v.hea',
      'v/5 3 10 12\nv_layout 0',
      /v\.hea: line 1, number of segments: expected 5 segment lines, received 1/,
    ],
    [
      'no segments',
      'v.hea',
      'v/0 3 10 12',
      /v\.hea: line 1, number of segments: expected a whole number from 1 .*received "0"/,
    ],
    ['a segment elsewhere', 'v.hea', 'v/1 3 10 3\n../a 3', /v\.hea: line 2, segment 0 name: .*"\.\.\/a"/],
    [
      'a second empty segment',
      'v.hea',
      'v/2 3 10\nv_layout 0\na 0',
      /segment 1 \(a\) number of samples: expected a whole number from 1 /,
    ],
  ])('%s is refused', async (_name, file, content, message) => {
    if (content === undefined) await unlink(join(folder, file))
    else await put(file, content)
    await expect(openRecording(join(folder, 'v'))).rejects.toThrow(message)
  })

  test('a wrong checksum names the segment and its channel', async () => {
    await put('b.hea', 'b 2 10 2\nb.dat 16x2 10/NU 16 0 4 22 0 PLETH\nb.dat 16 200/mV 16 0 8 19 0 II\n')
    const recording = await openRecording(join(folder, 'v'))
    await expect(inspectRecording(recording)).rejects.toThrow(/b\.hea: channel 1 \(II\) checksum: expected 19/)
  })

  test('damage anywhere is an error that names file and field, or read as it stands', async () => {
    await surviveDamage(join(folder, 'v.hea'), new TextEncoder().encode(master), join(folder, 'v'))
  })
})

describe('a record of one segment', () => {
  beforeEach(async () => {
    await put(
      's.hea',
      's 2 10/1000(-5) 4 10:00:00.5 1/2/2003\ns.dat 212:1 100(-3)/mV 12 0 1 10 0 II\ns.dat 212 100/mV 12 0 5 26 0 V5\n',
    )
    await put('s.dat', packers[212]?.pack([1, 5, 2, 6, 3, 7, 4, 8]) ?? '')
  })

  test('that is damaged anywhere gives an error that names file and field, or is read as it stands', async () => {
    const whole = await readFile(join(folder, 's.hea'))
    await surviveDamage(join(folder, 's.hea'), whole, join(folder, 's'), 150)
  })

  test('whose signal file is cut or changed anywhere is refused, or read as it stands', async () => {
    const bytes = packers[212]?.pack([1, 5, 2, 6, 3, 7, 4, 8]) ?? new Uint8Array()
    await surviveDamage(join(folder, 's.dat'), bytes, join(folder, 's'))
  })

  test('whose gzipped signal file is cut or changed anywhere is refused, or read as it stands', async () => {
    await unlink(join(folder, 's.dat'))
    const bytes = gzipSync(packers[212]?.pack([1, 5, 2, 6, 3, 7, 4, 8]) ?? new Uint8Array())
    await surviveDamage(join(folder, 's.dat.gz'), bytes, join(folder, 's'))
  })

  test('is refused where undoing its skew would take more memory than any recorder needs', async () => {
    await put('s.hea', 's 1 10 4\ns.dat 16:5000000 100/mV 12 0 1 10 0 II\n')
    await expect(openRecording(join(folder, 's'))).rejects.toThrow(
      /s\.hea: skew in s\.dat: expected at most 4194304 frames/,
    )
  })
})

describe('a record of annotations only', () => {
  const word = (code: number, low: number) => [((code << 10) | low) & 0xff, ((code << 10) | low) >> 8]
  const beats = [
    ...word(1, 100),
    ...word(14, 10),
    ...word(5, 90),
    ...word(1, 200),
    ...word(59, 0),
    0,
    0,
    0xd0,
    7,
    ...word(1, 0),
    ...word(1, 90),
  ]

  test('gives the interval that each beat ends; what is no interval between two beats is left out', async () => {
    await put('rr.hea', 'rr 0 100 0')
    await put('rr.ecg', Uint8Array.from([...beats, 0, 0]))
    const recording = await openRecording(join(folder, 'rr'))
    expect(recording.channels).toEqual([
      { name: 'RR', unit: 'ms', rateHz: 0, samples: 3, signal: 'rrInterval', irregular: true },
    ])
    // The beats: 1, 2, 4 s, then after 20 s at 24 and 24.9 s.
    expect(await singleValuesOf(recording)).toEqual([
      { channel: 0, atMicros: 2e6, value: 1000 },
      { channel: 0, atMicros: 4e6, value: 2000 },
      { channel: 0, atMicros: 24.9e6, value: 900 },
    ])
    expect(recording.durationSeconds).toBe(24.9)
    expect(await samplesOf(recording)).toEqual([[]])
  })

  test('in which a first note says that it counts more finely is counted in frames', async () => {
    const note = [...new TextEncoder().encode('## time resolution: 1000')]
    await put('fine.hea', 'fine 0 100 0')
    await put(
      'fine.ecg',
      Uint8Array.from([...word(22, 0), ...word(63, note.length), ...note, ...word(1, 5), ...word(1, 1000), 0, 0]),
    )
    const recording = await openRecording(join(folder, 'fine'))
    expect(await recording.annotations()).toEqual([
      { sample: 0.5, code: 'N' },
      { sample: 100.5, code: 'N' },
    ])
    expect(await singleValuesOf(recording)).toEqual([{ channel: 0, atMicros: 1_005_000, value: 1000 }])
  })

  test('that is damaged anywhere gives an error that names file and field, or is read as it stands', async () => {
    await put('rr.hea', 'rr 0 100 0')
    await surviveDamage(join(folder, 'rr.ecg'), Uint8Array.from([...beats, 0, 0]), join(folder, 'rr'))
  })
})
