import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import { inspectRecording } from '../../inspect.ts'
import { samplesOf, surviveDamage } from '../readAll.testing.ts'
import { openRecording } from '../recording.ts'
import type { EdfFile } from './edfFile.testing.ts'
import { edfBytes } from './edfFile.testing.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-edf-'))
})
afterAll(() => rm(folder, { recursive: true }))

const put = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}
const two: EdfFile = {
  signals: [
    { label: 'ECG II', samples: '4' },
    { label: 'SpO2', unit: '%', samples: '1', physical: ['0', '100'], digital: ['0', '1000'] },
  ],
  data: [
    [[0, 10, -10, 1000], [970]],
    [[1, 2, 3, 4], [965]],
  ],
}
const withNotes = (reserved: string, ...notes: string[]): EdfFile => ({
  reserved,
  recording: 'Startdate 02-MAR-2104 X X X',
  signals: [
    { label: 'ECG', samples: '2' },
    { label: 'EDF Annotations', samples: '40' },
  ],
  data: notes.map((note, i) => [[10 * i, 10 * i + 10], note]),
})

describe('an EDF file', () => {
  test('gives each signal at its own rate, in its unit', async () => {
    const recording = await openRecording(await put('two.edf', edfBytes(two)))
    expect(recording).toMatchObject({
      format: 'EDF',
      name: 'two',
      startTime: '2004-03-02T05:06:07.000',
      durationSeconds: 2,
    })
    expect(recording.channels).toEqual([
      { name: 'ECG II', unit: 'uV', rateHz: 4, samples: 8, signal: 'ecg' },
      { name: 'SpO2', unit: '%', rateHz: 1, samples: 2, signal: 'spo2' },
    ])
    const expected = [[0, 1, -1, 100, 0.1, 0.2, 0.3, 0.4].map(Math.fround), [97, 96.5]]
    for (const seconds of [0.25, 1, 1.5, 60]) expect(await samplesOf(recording, seconds)).toEqual(expected)
    const zipped = await openRecording(await put('two.edf.gz', gzipSync(edfBytes(two))))
    expect(await samplesOf(zipped, 0.7)).toEqual(expected)
    expect(zipped.fingerprint).toBe(recording.fingerprint)
    const { channels } = await inspectRecording(recording)
    expect(channels.map(({ checksum }) => checksum)).toEqual([1010, 1935])
  })

  test('of 24 bits is BDF', async () => {
    const bytes = edfBytes({
      version: '\xffBIOSEMI',
      sampleBytes: 3,
      signals: [
        {
          label: 'Status',
          unit: 'Boolean',
          samples: '3',
          physical: ['-8388608', '8388607'],
          digital: ['-8388608', '8388607'],
        },
      ],
      data: [[[-8388608, 65_793, 8_388_607]]],
    })
    const recording = await openRecording(await put('s.bdf', bytes))
    expect(recording.format).toBe('BDF')
    expect(await samplesOf(recording)).toEqual([[-8388608, 65_793, 8_388_607]])
  })

  test('whose writer left the number of records open has as many as there are', async () => {
    const recording = await openRecording(await put('open.edf', edfBytes({ ...two, records: -1 })))
    expect(recording.durationSeconds).toBe(2)
  })
})

describe('an EDF+ file', () => {
  test('starts at a fraction of a second, and its notes count from there', async () => {
    const notes = ['+0.25\x14\x14\0+1.5\x150.5\x14Ärm\x14Bein\x14\0', '+1.25\x14\x14\0+0.25\x14first\x14\0']
    const recording = await openRecording(await put('notes.edf', edfBytes(withNotes('EDF+C', ...notes))))
    expect(recording).toMatchObject({ format: 'EDF+C', startTime: '2104-03-02T05:06:07.250', durationSeconds: 2 })
    expect(recording.channels.map(({ name }) => name)).toEqual(['ECG'])
    expect(recording.annotationRateHz).toBe(1e6)
    expect(await recording.annotations()).toEqual([
      { sample: 0, code: 'first' },
      { sample: 1_250_000, code: 'Ärm', durationSeconds: 0.5 },
      { sample: 1_250_000, code: 'Bein', durationSeconds: 0.5 },
    ])
  })

  test('that is discontinuous has NaN in its gaps, in steps of any length', async () => {
    const bytes = edfBytes(withNotes('EDF+D', '+0.5\x14\x14\0', '+1.5\x14\x14\0', '+4.75\x14\x14\0+5\x14late\x14\0'))
    const recording = await openRecording(await put('gaps.edf', bytes))
    expect(recording.durationSeconds).toBe(5.25)
    // The third record begins 4.25 s after the first: at sample 8.5, of which the nearest is 9.
    const gap = Array<number>(5).fill(NaN)
    for (const seconds of [0.5, 1, 2.3, 60])
      expect(await samplesOf(recording, seconds)).toEqual([[0, 1, 1, 2, ...gap, 2, 3]])
    expect(await recording.annotations()).toEqual([{ sample: 4_500_000, code: 'late' }])
  })

  test.each([
    [
      'overlapping records',
      ['+0\x14\x14\0', '+0.5\x14\x14\0'],
      /data record 1 onset: expected at least 1, .*received 0\.5/,
    ],
    [
      'a record without onset',
      ['+0\x14\x14\0', '+1\x14note\x14\0'],
      /data record 1 onset: expected a time, .*received none/,
    ],
    [
      'a gap of years',
      ['+0\x14\x14\0', '+99999999\x14\x14\0'],
      /data record 1 annotations: expected onset and duration of at most 31622400 s/,
    ],
  ])('with %s is refused', async (_name, notes, message) => {
    await expect(openRecording(await put('d.edf', edfBytes(withNotes('EDF+D', ...notes))))).rejects.toThrow(message)
  })

  test.each([
    ['12\x14\x14\0', /data record 0 annotations: expected an onset such as \+567\.5/],
    ['+1\x14text\0', /annotations: expected each list to end with 0x14 0x00/],
    ['+1\x15x\x14text\x14\0', /annotations: expected one duration/],
    [`+${'9'.repeat(60)}\x14\x14\0`, /data record 0 annotations: expected onset and duration of at most 31622400 s/],
  ])('with the list %j is refused', async (note, message) => {
    const path = await put('t.edf', edfBytes(withNotes('EDF+C', note)))
    await expect(openRecording(path).then((recording) => recording.annotations())).rejects.toThrow(message)
  })
})

describe('a header that lies', () => {
  const [ecg, spo2] = two.signals
  if (!ecg || !spo2) throw new Error('two signals')
  const first = (change: Partial<EdfFile['signals'][number]>): EdfFile => ({
    ...two,
    signals: [{ ...ecg, ...change }, spo2],
  })
  test.each<[string, EdfFile, RegExp]>([
    ['another version', { ...two, version: '1' }, /x\.edf: version: expected "0" \(EDF\) .*received "1"/],
    [
      'another header length',
      { ...two, headerBytes: '512' },
      /number of bytes in header: expected 768, for 2 signals, received 512/,
    ],
    [
      'no number of records',
      { ...two, records: NaN },
      /number of data records: expected a whole number, received "NaN"/,
    ],
    ['a negative number of records', { ...two, records: -2 }, /number of data records: expected a whole number >= -1/],
    [
      'too many records',
      { ...two, records: 3 },
      /size: expected 798 bytes \(768 of header, 3 data records of 10\), received 788/,
    ],
    ['too few records', { ...two, records: 1 }, /size: expected 778 bytes/],
    ['no duration', { ...two, recordSeconds: '0' }, /duration of a data record: expected seconds > 0, .*received 0/],
    ['an endless duration', { ...two, recordSeconds: '1e12' }, /duration of a data record: .*received 1000000000000/],
    ['a date that is none', { ...two, date: 'today' }, /startdate: expected dd\.mm\.yy, .*received "today"/],
    ['a time that is none', { ...two, time: 'noon' }, /starttime: expected hh\.mm\.ss from .*received "noon"/],
    ['a day that no month has', { ...two, date: '31.02.20' }, /x\.edf: startdate: .*received "31\.02\.20"/],
    ['a month 00', { ...two, date: '01.00.20' }, /x\.edf: startdate: .*received "01\.00\.20"/],
    ['a time that no clock shows', { ...two, time: '24.00.00' }, /x\.edf: starttime: .*received "24\.00\.00"/],
    ['minute 99 of an unknown day', { ...two, date: '00.00.00', time: '10.99.00' }, /x\.edf: starttime: .*"10\.99/],
    [
      'a full date that is none',
      { ...two, recording: 'Startdate 31-FEB-2020 X X X' },
      /x\.edf: recording startdate: expected dd-MMM-yyyy, .*received "31-FEB-2020"/,
    ],
    [
      'a month that is none in its full date',
      { ...two, recording: 'Startdate 01-FOO-2020 X X X' },
      /x\.edf: recording startdate: .*received "01-FOO-2020"/,
    ],
    ['a year that is nowhere', { ...two, date: '02.03.yy' }, /x\.edf: startdate: .*received "02\.03\.yy"/],
    ['an infinite duration', { ...two, recordSeconds: '1e400' }, /duration of a data record: .*received "1e400"/],
    ['a rate that nothing has', { ...two, recordSeconds: '1e-300' }, /channel 0 \(ECG II\) rate: expected above 0,/],
    [
      'an infinite physical maximum',
      first({ physical: ['0', '1e400'] }),
      /signal 0 \(ECG II\) physical maximum: expected a number of at most 1e\+30, received "1e400"/,
    ],
    [
      'an infinite physical minimum',
      first({ physical: ['-1e400', '0'] }),
      /signal 0 \(ECG II\) physical minimum: expected a number of at most 1e\+30, received "-1e400"/,
    ],
    [
      'a physical range of nothing',
      first({ physical: ['0', '1e-300'] }),
      /signal 0 \(ECG II\) physical maximum: expected other than the minimum/,
    ],
    [
      'a digital minimum beyond 16 bits',
      first({ digital: ['-32769', '5'] }),
      /signal 0 \(ECG II\) digital minimum: expected a whole number from -32768 to 32767, received -32769/,
    ],
    [
      'a digital maximum beyond 16 bits',
      first({ digital: ['0', '32768'] }),
      /signal 0 \(ECG II\) digital maximum: expected a whole number from -32768 to 32767, received 32768/,
    ],
    [
      'a digital maximum beyond 24 bits',
      { ...first({ digital: ['0', '8388608'] }), version: '\xffBIOSEMI', sampleBytes: 3 },
      /digital maximum: expected a whole number from -8388608 to 8388607, received 8388608/,
    ],
    [
      'a digital range upside down',
      first({ digital: ['5', '5'] }),
      /signal 0 \(ECG II\) digital maximum: expected more than the minimum, 5, received 5/,
    ],
    [
      'no physical range',
      first({ physical: ['1', '1'] }),
      /signal 0 \(ECG II\) physical maximum: expected other than the minimum/,
    ],
    [
      'a physical minimum that is no number',
      first({ physical: ['low', '1'] }),
      /signal 0 \(ECG II\) physical minimum: expected a number, received "low"/,
    ],
    ['no samples', first({ samples: '0' }), /signal 0 \(ECG II\) number of samples: expected a whole number >= 1/],
    ['huge records', first({ samples: '99999999' }), /number of samples: expected data records of at most/],
  ])('with %s names file and field', async (_name, file, message) => {
    await expect(openRecording(await put('x.edf', edfBytes(file)))).rejects.toThrow(message)
  })

  test('a year that is left open is that of the full date', async () => {
    const recording = 'Startdate 29-FEB-2096 X X X'
    const path = await put('y.edf', edfBytes({ ...two, recording, date: '29.02.yy' }))
    expect((await openRecording(path)).startTime).toBe('2096-02-29T05:06:07.000')
  })

  test('an unknown date is no start time', async () => {
    expect((await openRecording(await put('x.edf', edfBytes({ ...two, date: '00.00.00' })))).startTime).toBeUndefined()
  })

  test.each([
    ['EDF', edfBytes(two)],
    ['EDF+', edfBytes(withNotes('EDF+D', '+0\x14\x14\0', '+1\x14\x14\0+1\x14note\x14\0'))],
  ])('damage anywhere in %s is an error that names file and field, or read as it stands', async (_name, bytes) => {
    await surviveDamage(join(folder, 'damaged.edf'), bytes, undefined, 200)
  })
})

const { there, name } = withRecordings('edf-bdf', 'sample files of other libraries')
describe.skipIf(!there)(name, () => {
  const open = (file: string) => openRecording(recordingPath(`edf-bdf/${file}`))

  test('856 notes without a signal', async () => {
    const recording = await open('wfdb_test_edfann.edf')
    const annotations = await recording.annotations()
    expect(recording.channels).toEqual([])
    expect(annotations).toHaveLength(856)
    expect(annotations.slice(0, 3)).toEqual([
      { sample: 0, code: 'Sleep stage W', durationSeconds: 30 },
      { sample: 30e6, code: 'Sleep stage W', durationSeconds: 30 },
      { sample: 33_430_000, code: 'Lights off@@EEG F4-A1', durationSeconds: 0 },
    ])
  })

  test('a start at a fraction of a second, gzipped, with four notes and an inverted range', async () => {
    const recording = await open('pyedflib_test_subsecond.edf.gz')
    expect(recording).toMatchObject({ format: 'EDF+C', startTime: '2020-01-24T04:05:56.394531', durationSeconds: 698 })
    expect(recording.channels).toMatchObject([{ name: 'Fp1', unit: 'uV', rateHz: 128, samples: 698 * 128 }])
    const annotations = await recording.annotations()
    expect(annotations.map(({ code }) => code)).toEqual(['XLSpike', 'Clip Note', 'XLEvent', 'XLSpike'])
    expect(annotations[0]?.sample).toBe(Math.round((2.3457031 - 0.3945312) * 1e6))
    const bytes = gunzipSync(await readFile(recordingPath('edf-bdf/pyedflib_test_subsecond.edf.gz')))
    const stored = bytes.readInt16LE(768 + 7 * (128 + 20) * 2 + 5 * 2)
    const [values] = await samplesOf(recording, 10)
    expect(values?.[7 * 128 + 5]).toBe(Math.fround(((stored + 32768) * -17422) / 65535 + 8711))
  })

  test('two channels of one name', async () => {
    const { channels, durationSeconds } = await open('mne_duplicate_channel_labels.edf')
    expect(channels.map(({ name, rateHz }) => [name, rateHz])).toEqual([
      ['EEG F1-Ref', 250],
      ['EEG F2-Ref', 250],
      ['EEG F1-Ref', 250],
    ])
    expect(durationSeconds).toBe(10)
  })

  test('BioSemi, 24 bits, with its status channel', async () => {
    const recording = await open('mne_test_bdf_stim_channel.bdf')
    expect(recording.channels.map(({ name, rateHz, samples }) => [name, rateHz, samples])).toEqual(
      ['C3', 'C4', 'Cz', 'Status'].map((name) => [name, 500, 5000]),
    )
    const bytes = await readFile(recordingPath('edf-bdf/mne_test_bdf_stim_channel.bdf'))
    const stored = bytes.readIntLE(1280 + 3 * (4 * 500 * 3) + 2 * 500 * 3 + 77 * 3, 3)
    const values = await samplesOf(recording, 0.13)
    expect(values[2]?.[3 * 500 + 77]).toBe(Math.fround(((stored + 8388608) * 374940) / 16777215 - 187470))
  })

  test('25 channels in one record of 9.59375 s', async () => {
    const recording = await open('mne_test_edf_stim_channel.edf')
    expect(recording).toMatchObject({ durationSeconds: 9.59375, startTime: '2015-06-02T10:41:57.000' })
    expect(recording.channels).toHaveLength(25)
    expect(new Set(recording.channels.map(({ rateHz, samples }) => `${rateHz} ${samples}`))).toEqual(
      new Set(['128 1228']),
    )
    expect(await samplesOf(recording, 1)).toEqual(await samplesOf(recording, 20))
  })

  test('two rates, of a known wave', async () => {
    const recording = await open('mne_test_uneven_samp.edf')
    expect(recording.channels.map(({ rateHz, samples }) => [rateHz, samples])).toEqual([
      [100, 11_000],
      [12.8, 1408],
    ])
    // Its text says: a 3 Hz sine wave of 5 V, beginning in its positive phase.
    const [sine = []] = await samplesOf(recording, 0.37)
    for (const i of [0, 8, 25, 10_990]) expect(sine[i]).toBeCloseTo(5 * Math.sin((2 * Math.PI * 3 * i) / 100), 1)
  })
})
