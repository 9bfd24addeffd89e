import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectRecording } from '../../inspect.ts'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import type { Annotation } from '../recording.ts'
import { openRecording } from '../recording.ts'
import { RecordingError } from '../recordingError.ts'
import { inFrames, parseAnnotations } from './annotations.ts'
import { parseHeader } from './header.ts'

/** A message, of which `.*` may be anything. */
const pattern = (message: string) => new RegExp(message.replace(/[\^$+?()[\]{}|]/g, '\\$&').replace(/\.(?!\*)/g, '\\.'))

const signalLine = 'r.dat 16 200/mV 16 0 1 6 0 ECG'

describe('a header that cannot be right names file, field, what was expected and what came', () => {
  test.each([
    ['', 'r.hea: record line: expected a record name, received nothing'],
    ['r', 'r.hea: line 1, number of signals: expected a whole number from 0 to 9007199254740991, received nothing'],
    ['# x\n\nr two', 'r.hea: line 3, number of signals: expected a whole number from 0 .*, received "two"'],
    ['r -1', 'r.hea: line 1, number of signals: expected a whole number from 0 .*, received "-1"'],
    ['r/3 2 100', 'r.hea: line 1, number of segments: expected 3 segment lines, received 0'],
    [`r/${'9'.repeat(400)} 2 100`, 'line 1, number of segments: expected a whole number from 1 '],
    ['r 1 100/x', 'r.hea: line 1, counter frequency: expected a number > 0 such as 999.56(0), received "x"'],
    ['r 1 360/0', 'line 1, counter frequency: expected a number > 0 such as 999.56(0), received "0"'],
    [`r 1 360/${'9'.repeat(400)}`, 'line 1, counter frequency: expected a number > 0'],
    [`r 1 360/360(${'9'.repeat(400)})`, 'line 1, base counter value: expected a number, received "9999'],
    ['r 1 0 3', 'r.hea: line 1, sampling frequency: expected a number > 0, received "0"'],
    ['r 1 1e400 3', 'line 1, sampling frequency: expected a number > 0, received "1e400"'],
    ['r 1 0x10 3', 'line 1, sampling frequency: expected a number > 0, received "0x10"'],
    ['r 1 NaN 3', 'line 1, sampling frequency: expected a number > 0, received "NaN"'],
    ['r 1 100 3.5', 'r.hea: line 1, number of samples: expected a whole number from 0 .*, received "3.5"'],
    ['r 1 100 9007199254740993', 'line 1, number of samples: expected a whole number from 0 .*, received "90071'],
    ['r 1 100 3 noon', 'r.hea: line 1, base time: expected HH:MM:SS from 00:00:00 to 23:59:59, received "noon"'],
    ['r 1 100 3 99:99:99', 'line 1, base time: expected HH:MM:SS from 00:00:00 to 23:59:59, received "99:99:99"'],
    ['r 1 100 3 24:00:00 01/01/2020', 'line 1, base time: .* received "24:00:00"'],
    ['r 1 100 3 10:00:00 1994-10-26', 'r.hea: line 1, base date: expected DD/MM/YYYY, .* received "1994-10-26"'],
    ['r 1 100 3 10:00:00 31/02/2020', 'line 1, base date: expected DD/MM/YYYY, a day of the calendar, received "31/02'],
    ['r 1 100 3 10:00:00 29/02/2021', 'line 1, base date: .* received "29/02/2021"'],
    [`r 2 100 3\n${signalLine}`, 'r.hea: line 1, number of signals: expected 2 signal lines, received 1'],
    ['r 1 100 3\nr.dat x16', 'line 2, signal 0 format: expected a number such as 212 or 16x2+24, received "x16"'],
    ['r 1 100 3\nr.dat 16x0', 'line 2, signal 0 samples per frame: expected a whole number from 1 .*, received "0"'],
    ['r 1 100 3\nr.dat 16x99999999999', 'line 2, signal 0 samples per frame: expected a whole number from 1 '],
    ['r 1 100 3\nr.dat 16:99999999999', 'line 2, signal 0 skew: expected a whole number from 0 '],
    ['r 1 100 3\nr.dat 16 mV', 'line 2, signal 0 gain: expected a number such as 200(1024)/mV, received "mV"'],
    [
      'r 1 100 3\nr.dat 16 1e400/mV',
      'r.hea: line 2, signal 0 gain: expected 0 or a size from 1e-28 to 1e+28, rec.*"1e400/',
    ],
    // Finite, and yet every sample would be 0, or infinite, as a 32-bit float.
    [
      'r 1 100 3\nr.dat 16 -1e300',
      'line 2, signal 0 gain: expected 0 or a size from 1e-28 to 1e+28, received "-1e300"',
    ],
    ['r 1 100 3\nr.dat 16 1e-300', 'line 2, signal 0 gain: expected 0 or a size'],
    ['r 1 100 3\nr.dat 16 1e-400', 'line 2, signal 0 gain: expected 0 or a size'],
    [
      `r 1 100 3\nr.dat 16 200(${'9'.repeat(400)})`,
      'line 2, signal 0 baseline: expected a whole number from -2147483648 ',
    ],
    ['r 1 100 3\nr.dat 16 200 x', 'line 2, signal 0 ADC resolution: expected a whole number from .*, received "x"'],
    [`r 1 100 3\nr.dat 16 200 ${'9'.repeat(400)}`, 'line 2, signal 0 ADC resolution: expected a whole number'],
    [`r 1 100 3\nr.dat 16 200 16 ${'9'.repeat(400)}`, 'line 2, signal 0 ADC zero: expected a whole number'],
    [`r 1 100 3\nr.dat 16 200 16 0 ${'9'.repeat(400)}`, 'line 2, signal 0 initial value: expected a whole number'],
    [
      'r 1 100 3\nr.dat 16 200 16 0 1 many',
      'line 2, signal 0 checksum: expected a whole number from .*, received "many"',
    ],
    [
      'r 1 100 3\nr.dat 16 200 16 0 1 6 ECG',
      'line 2, signal 0 block size: expected a whole number from .*, received "ECG"',
    ],
  ])('%j', (text, message) => {
    expect(() => parseHeader('r.hea', text)).toThrow(RecordingError)
    expect(() => parseHeader('r.hea', text)).toThrow(pattern(message))
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
    expect(parseHeader('r.hea', 'r 0 125 0 23:59:59 29/02/2020').startTime).toBe('2020-02-29T23:59:59.000')
    expect(parseHeader('r.hea', 'r 0 125 0 8:26:04').startTime).toBeUndefined()
  })

  test('a gain of minus zero is no gain, and a baseline of minus zero is zero', () => {
    const [signal] = parseHeader('r.hea', 'r 1\nr.dat 16 -0(-0)/mV').signals
    expect(signal).toMatchObject({ gain: 200, baseline: 0 })
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
      'an offset behind the end',
      `r 1 100\nr.dat 16+7`,
      /r\.hea: byte offset in r\.dat: expected at most its 6 bytes, received 7/,
    ],
    [
      'a rate that nothing has',
      `r 1 1e7 3\nr.dat 16 200 16 0 1 6 0 ECG`,
      /r: channel 0 \(ECG\) rate: expected above 0, at most 1000000 Hz, received 10000000/,
    ],
    [
      'a null signal of huge frames',
      `r 1 250 1000\n~ 0x1000000`,
      /r: channel 0 \(\) rate: expected above 0, at most 1000000 Hz/,
    ],
    ['samples for millennia', `r 0 250 1000000000000000`, /r\.hea: number of samples: expected at most 31622400 s of/],
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

  test('a time resolution that is no rate is refused', () => {
    const note = (rate: string): Annotation[] => [
      { sample: 0, code: '"', aux: `## time resolution: ${rate}` },
      { sample: 500, code: 'N' },
    ]
    expect(inFrames('r.atr', note('1000'), 250)).toEqual([{ sample: 125, code: 'N' }])
    for (const rate of ['0', '9'.repeat(400)])
      expect(() => inFrames('r.atr', note(rate), 250)).toThrow(
        'r.atr: time resolution: expected a number > 0, received',
      )
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
