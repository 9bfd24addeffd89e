import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectRecording } from '../../inspect.ts'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import { openRecording } from '../recording.ts'
import { RecordingError } from '../recordingError.ts'
import { parseAnnotations } from './annotations.ts'
import { parseHeader } from './header.ts'

const signalLine = 'r.dat 16 200/mV 16 0 1 6 0 ECG'

describe('a header that cannot be right names file, field, what was expected and what came', () => {
  test.each([
    ['', 'r.hea: record line: expected a record name, received nothing'],
    ['r', 'r.hea: number of signals: expected a whole number, received nothing'],
    ['r two', 'r.hea: number of signals: expected a whole number, received "two"'],
    ['r -1', 'r.hea: number of signals: expected a whole number >= 0, received -1'],
    ['r/3 2 100', 'r.hea: number of segments: expected 3 segment lines, received 0'],
    ['r 1 100/x', 'r.hea: counter frequency: expected numbers such as 999.56(0), received "x"'],
    ['r 1 0 3', 'r.hea: sampling frequency: expected a number > 0, received "0"'],
    ['r 1 100 3.5', 'r.hea: number of samples: expected a whole number, received "3.5"'],
    ['r 1 100 3 noon', 'r.hea: base time: expected HH:MM:SS, received "noon"'],
    ['r 1 100 3 10:00:00 1994-10-26', 'r.hea: base date: expected DD/MM/YYYY, received "1994-10-26"'],
    [`r 2 100 3\n${signalLine}`, 'r.hea: number of signals: expected 2 signal lines, received 1'],
    ['r 1 100 3\nr.dat x16', 'r.hea: signal 0 format: expected a number such as 212 or 16x2+24, received "x16"'],
    ['r 1 100 3\nr.dat 16x0', 'r.hea: signal 0 samples per frame: expected at least 1, received 0'],
    ['r 1 100 3\nr.dat 16 mV', 'r.hea: signal 0 gain: expected a number such as 200(1024)/mV, received "mV"'],
    ['r 1 100 3\nr.dat 16 200 16 0 1 many', 'r.hea: signal 0 checksum: expected a whole number, received "many"'],
  ])('%j', (text, message) => {
    expect(() => parseHeader('r.hea', text)).toThrow(RecordingError)
    expect(() => parseHeader('r.hea', text)).toThrow(message)
  })

  test('what is left out has the defaults of the WFDB library', () => {
    const header = parseHeader('r.hea', '# a comment\r\nr 1\r\nr.dat 16\r\n')
    expect(header).toEqual({
      file: 'r.hea',
      record: 'r',
      frameRateHz: 250,
      signalCount: 1,
      signals: [
        {
          file: 'r.dat',
          format: 16,
          samplesPerFrame: 1,
          skewFrames: 0,
          byteOffset: 0,
          gain: 200,
          baseline: 0,
          unit: 'mV',
          adcZero: 0,
          description: '',
        },
      ],
      comments: ['a comment'],
    })
  })

  test('a start with a date is ISO 8601 without a zone', () => {
    expect(parseHeader('r.hea', 'r 0 125 0 8:26:04.5 26/10/1994').startTime).toBe('1994-10-26T08:26:04.500')
    expect(parseHeader('r.hea', 'r 0 125 0 8:26:04').startTime).toBeUndefined()
  })
})

describe('a record whose files do not fit its header', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vital-edge-refusals-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const record = async (header: string, bytes: number[] | undefined = [1, 0, 2, 0, 3, 0]) => {
    await writeFile(join(folder, 'r.hea'), header)
    await writeFile(join(folder, 'r.dat'), Uint8Array.from(bytes))
    return openRecording(join(folder, 'r'))
  }

  test('is accepted where it does fit', async () => {
    const inspection = await inspectRecording(await record(`r 1 100 3\n${signalLine}`))
    expect(inspection.channels).toEqual([
      { name: 'ECG', unit: 'mV', rateHz: 100, samples: 3, signal: 'ecg', checksum: 6 },
    ])
  })

  test('a truncated signal file names the file and the number of samples', async () => {
    await expect(record(`r 1 100 4\n${signalLine}`)).rejects.toThrow(
      /r\.dat: size: expected 4 samples a signal \(number of samples in r\.hea\), received 3 \(6 bytes\)/,
    )
  })

  test('a file cut while it is read is an error, not an end', async () => {
    const recording = await record(`r 1 100 3\n${signalLine}`)
    await writeFile(join(folder, 'r.dat'), Uint8Array.of(1, 0))
    await expect(inspectRecording(recording)).rejects.toThrow(/r\.dat: size: expected at least 6 bytes, received 2/)
  })

  test('a wrong checksum is refused, a wrong initial value beside a right one told, with the channel', async () => {
    const sum = await record(`r 1 100 3\n${signalLine.replace(' 6 ', ' 7 ')}`)
    await expect(inspectRecording(sum)).rejects.toThrow(
      'r.hea: channel 0 (ECG) checksum: expected 7, as stated in the header, received 6',
    )
    const first = await record(`r 1 100 3\n${signalLine.replace(' 1 6 ', ' 2 6 ')}`)
    const warning: unknown = expect.stringMatching(
      /r\.hea: channel 0 \(ECG\) initial value: expected 2, .* the checksum is right$/,
    )
    expect((await inspectRecording(first)).warnings).toEqual([warning])
  })

  test.each([
    ['a missing signal file', `r 1 100 3\nother.dat 16`, /r\.hea: file name: expected an existing signal file/],
    [
      'a signal file elsewhere',
      `r 1 100 3\n../r.dat 16`,
      /r\.hea: signal 0 file name: expected a file beside the header/,
    ],
    [
      'a format that cannot be read',
      `r 1 100 3\nr.dat 508`,
      /signal 0 format of r\.dat: expected one of 8, 16, .*, received 508/,
    ],
    [
      'two byte offsets in one file',
      `r 2 100 1\nr.dat 16\nr.dat 16+2`,
      /signal 1 byte offset: expected 0, as others in the file, received 2/,
    ],
    [
      'two formats in one file',
      `r 2 100 1\nr.dat 16\nr.dat 212`,
      /signal 1 format: expected 16, as others in it, received 212/,
    ],
  ])('%s', async (_name, header, message) => {
    await expect(record(header)).rejects.toThrow(message)
  })

  test('a missing header, annotator and an unknown kind of file are named', async () => {
    await expect(openRecording(join(folder, 'none'))).rejects.toThrow(
      /none\.hea: header: expected a readable file, received ENOENT/,
    )
    await expect(openRecording(join(folder, 'night.wav'))).rejects.toThrow(/night\.wav: file name: .*received "\.wav"/)
    await record(`r 1 100 3\n${signalLine}`)
    const recording = await openRecording(join(folder, 'r'), { annotator: 'xyz' })
    await expect(recording.annotations()).rejects.toThrow(/r\.xyz: annotator: expected a readable file/)
    expect(await (await openRecording(join(folder, 'r'))).annotations()).toEqual([])
  })
})

describe('annotation files', () => {
  const word = (code: number, low: number) => [((code << 10) | low) & 0xff, ((code << 10) | low) >> 8]

  test('SKIP, SUB, CHN, NUM and AUX belong to the annotation before; CHN and NUM hold on', () => {
    const bytes = [
      ...[...word(28, 18), ...word(63, 3), 0x28, 0x4e, 0, 0],
      // SKIP of 70,000 (high half first), then a V 5 samples later.
      ...[...word(59, 0), 1, 0, 0x70, 0x11, ...word(5, 5), ...word(61, 0xff), ...word(62, 1), ...word(60, 2)],
      ...[...word(1, 100), ...word(0, 0)],
    ]
    expect(parseAnnotations('r.atr', Uint8Array.from(bytes))).toEqual([
      { sample: 18, code: '+', aux: '(N' },
      { sample: 18 + 70_000 + 5, code: 'V', subtype: -1, channel: 1, num: 2 },
      { sample: 18 + 70_000 + 105, code: 'N', channel: 1, num: 2 },
    ])
  })

  test.each([
    ['no end mark', word(1, 5), 'r.atr: end mark at byte 2: expected 2 more bytes, received 0'],
    ['an end inside SKIP', [...word(59, 0), 1, 0], 'r.atr: SKIP at byte 2: expected 4 more bytes, received 2'],
    [
      'an end inside AUX',
      [...word(1, 5), ...word(63, 9), 1],
      'r.atr: AUX at byte 4: expected 10 more bytes, received 1',
    ],
  ])('%s is an error that names the place', (_name, bytes, message) => {
    expect(() => parseAnnotations('r.atr', Uint8Array.from(bytes))).toThrow(message)
  })

  const { there, name } = withRecordings('nsr2db', 'a day of beats without signals')
  test.skipIf(!there)(name, async () => {
    const recording = await openRecording(recordingPath('nsr2db/nsr001'))
    const annotations = await recording.annotations()
    expect(recording.channels).toMatchObject([{ name: 'RR', unit: 'ms', signal: 'rrInterval', irregular: true }])
    expect(annotations.length).toBeGreaterThan(100_000)
    const hours = (annotations.at(-1)?.sample ?? 0) / 128 / 3600
    expect(hours).toBeGreaterThan(22)
    expect(hours).toBeLessThan(25)
  })
})
