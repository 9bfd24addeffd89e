import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import { samplesOf, singleValuesOf, surviveDamage } from '../readAll.testing.ts'
import type { Recording } from '../recording.ts'
import { openRecording } from '../recording.ts'
import type { CsvOptions } from './csvOptions.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-csv-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (name: string, content: string | Uint8Array) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const opened = async (content: string, csv?: CsvOptions): Promise<Recording> =>
  openRecording(await file('x.csv', content), csv ? { csv } : {})
const vitals = {
  rateHz: 2,
  columns: [
    { column: 'HR', signal: 'heartRate' as const },
    { column: 'SpO2', unit: '%' },
  ],
}

describe('a CSV recording', () => {
  const text = 'Time [s], HR, "SpO2"\r\n0,70,97\r\n1,,96\r\n2,NaN,95\r\n'

  test('takes the named columns; an empty cell is a missing sample', async () => {
    const recording = await openRecording(await file('a.csv', text), { csv: vitals })
    expect(recording).toMatchObject({ format: 'CSV', name: 'a', durationSeconds: 1.5 })
    expect(recording.channels).toEqual([
      { name: 'HR', unit: '/min', rateHz: 2, samples: 3, signal: 'heartRate' },
      { name: 'SpO2', unit: '%', rateHz: 2, samples: 3, signal: 'spo2' },
    ])
    expect(await samplesOf(recording)).toEqual([
      [70, NaN, NaN],
      [97, 96, 95],
    ])
  })

  test('without a mapping has all its columns, at the rate of the column of times', async () => {
    const recording = await opened(text)
    expect(recording.channels).toEqual([
      { name: 'HR', unit: '1', rateHz: 1, samples: 3 },
      { name: 'SpO2', unit: '1', rateHz: 1, samples: 3 },
    ])
  })

  test('says in its header what it holds', async () => {
    const { channels } = await opened('t [s],HR [bpm],hr_bpm,PLETH (NU),HR [kPa]\n0,1,2,3,4\n0.5,1,2,3,4\n')
    expect(channels.map(({ signal, unit }) => [signal, unit])).toEqual([
      ['heartRate', 'bpm'],
      ['heartRate', 'bpm'],
      // Nothing samples a pulse wave twice a second.
      [undefined, 'NU'],
      [undefined, 'kPa'],
    ])
  })

  test('is the same when gzipped, and columns may be numbers where there are no names', async () => {
    const path = await file('b.txt.gz', gzipSync('5\n6\n7\n'))
    for (const column of [0, '0']) {
      const recording = await openRecording(path, { csv: { rateHz: 32, columns: [{ column }] } })
      expect(recording.channels[0]?.name).toBe('0')
      expect(await samplesOf(recording, 0.04)).toEqual([[5, 6, 7]])
    }
  })

  test.each([
    [
      'quoted cells, with delimiters and quotes in them',
      'a,"b, ""c""",d\n1,"2",3\n4,"",6\n',
      ['a', 'b, "c"', 'd'],
      [
        [1, 4],
        [2, NaN],
        [3, 6],
      ],
    ],
    ['semicolons', 'a;b\n1;2\n', ['a', 'b'], [[1], [2]]],
    [
      'tabs',
      '1\t2\n3\t\n',
      ['0', '1'],
      [
        [1, 3],
        [2, NaN],
      ],
    ],
    ['a byte order mark', '\uFEFFa,b\n1,2', ['a', 'b'], [[1], [2]]],
    ['one column with dropped samples', '1\n""\n\n4\n\n\n', ['0'], [[1, NaN, NaN, 4]]],
    [
      'rows that end early, and empty lines',
      'a,b\n1,2\n\n3\n',
      ['a', 'b'],
      [
        [1, 3],
        [2, NaN],
      ],
    ],
  ])('with %s', async (_name, content, names, values) => {
    const recording = await opened(content, { rateHz: 10 })
    expect(recording.channels.map(({ name }) => name)).toEqual(names)
    expect(await samplesOf(recording)).toEqual(values)
  })

  test.each<[string, string, CsvOptions, RegExp]>([
    ['a missing column', 'HR\n70\n', vitals, /csv\.columns: expected one of HR, received SpO2/],
    [
      'a column beyond the last',
      '1,2\n',
      { rateHz: 1, columns: [{ column: 2 }] },
      /csv\.columns: expected 0 to 1, received 2/,
    ],
    ['an empty file', '', vitals, /first line: expected a row, received nothing/],
    ['a rate that is none', '1\n', { rateHz: 0 }, /csv\.rateHz: expected a number > 0, received 0/],
    [
      'neither rate nor times',
      'HR,SpO2\n1,2\n',
      {},
      /csv: expected a rate \(--rate\), or a time column \(--time\), received columns HR, SpO2/,
    ],
    ['a line without end', `${'1,'.repeat(600_000)}`, { rateHz: 1 }, /line 1: expected at most 1048576 characters/],
    ['an open quote', 'a,b\n1,"2\n', { rateHz: 1 }, /line 2: expected quotes to be closed/],
  ])('%s is refused when it is opened', async (_name, content, csv, message) => {
    await expect(opened(content, csv)).rejects.toThrow(message)
  })

  test('a cell that is not a number is named by line and column', async () => {
    const recording = await openRecording(await file('d.csv', 'HR,SpO2\n70,97\nhigh,96\n'), { csv: vitals })
    await expect(samplesOf(recording)).rejects.toThrow(
      /d\.csv: line 3, column "HR": expected a number, received "high"/,
    )
  })

  test.each(['1e300', '0x1F', 'Infinity'])('%s, which no sample can be, is named', async (cell) => {
    const recording = await opened(`HR,SpO2\n70,97\n${cell},96\n`, vitals)
    await expect(samplesOf(recording)).rejects.toThrow(`line 3, column "HR": expected a number, received "${cell}"`)
  })

  test('a missing or damaged file is an error and not an empty recording', async () => {
    await expect(openRecording(join(folder, 'none.csv'), { csv: vitals })).rejects.toThrow(/none\.csv: file: .* ENOENT/)
    await expect(openRecording(join(folder, 'none.csv.gz'), { csv: vitals })).rejects.toThrow(/file: .* ENOENT/)
    const cut = gzipSync('HR,SpO2\n70,97\n'.repeat(1000)).subarray(0, 30)
    await expect(openRecording(await file('e.csv.gz', cut), { csv: vitals })).rejects.toThrow(
      /e\.csv\.gz: file: expected a whole gzip file, received Z_BUF_ERROR/,
    )
  })

  test('that is damaged anywhere gives an error that names file and field, or is read as it stands', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${i / 10},${60 + i},97`).join('\n')
    await surviveDamage(
      join(folder, 'damaged.csv'),
      new TextEncoder().encode(`Time [s],HR,SpO2\n${rows}\n`),
      undefined,
      150,
    )
  })
})

describe('a column of times', () => {
  const rowsAt = (header: string, times: (string | number)[]) =>
    [header, ...times.map((time, i) => `${time},${i}`), ''].join('\n')

  test.each([
    ['seconds in its name', 'Time [s]', [0, 0.5, 1], undefined, undefined],
    ['ms in its name', 'time_ms', [0, 500, 1000], undefined, undefined],
    ['ms as told', 'timer', [0, 500, 1000], 'ms' as const, undefined],
    ['seconds since 1970', 'timestamp', [1.6e9, 1.6e9 + 0.5, 1.6e9 + 1], undefined, '2020-09-13T12:26:40.000Z'],
    ['ms since 1970', 'timestamp', [1.6e12, 1.6e12 + 500, 1.6e12 + 1000], undefined, '2020-09-13T12:26:40.000Z'],
    ['µs since 1970', 'timestamp', [1.6e15, 1.6e15 + 5e5, 1.6e15 + 1e6], undefined, '2020-09-13T12:26:40.000Z'],
    [
      'ISO 8601 without a zone',
      'datetime',
      ['2016-11-24 13:58:58.081500', '2016-11-24 13:58:58.581500', '2016-11-24 13:58:59.0815'],
      undefined,
      '2016-11-24T13:58:58.081500',
    ],
    [
      'ISO 8601 with a zone',
      't',
      ['2016-11-24T13:58:58+01:00', '2016-11-24T13:58:58.5+01:00', '2016-11-24T13:58:59+0100'],
      undefined,
      '2016-11-24T12:58:58.000Z',
    ],
  ])('in %s gives rate and start', async (_name, header, times, unit, startTime) => {
    const time = unit ? { time: { column: header, unit } } : {}
    const recording = await opened(rowsAt(`${header},value`, times), time)
    expect(recording.channels).toEqual([
      { name: 'value', unit: '1', rateHz: expect.closeTo(2, 4) as number, samples: 3 },
    ])
    expect(recording.startTime).toBe(startTime)
    expect(await samplesOf(recording)).toEqual([[0, 1, 2]])
  })

  test('with jittered and repeated stamps of a host is taken for a steady clock; a gap is missing samples', async () => {
    // A sample every 10 ms, stamped with a clock of 16 ms; half a second is missing.
    const ticks = Array.from({ length: 300 }, (_, i) => (i < 100 ? i : i + 50) * 10)
    const recording = await opened(
      rowsAt(
        'time_ms,value',
        ticks.map((ms) => Math.floor(ms / 16) * 16),
      ),
    )
    expect(recording.channels[0]?.rateHz).toBeCloseTo(100, 0)
    const [values = []] = await samplesOf(recording, 0.3)
    expect(values.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    const missing = values.filter((value) => Number.isNaN(value)).length
    expect(Math.abs(missing - 50)).toBeLessThanOrEqual(3)
    expect(values.slice(100 + missing)).toEqual(Array.from({ length: 200 }, (_, i) => 100 + i))
    expect(await samplesOf(recording, 10)).toEqual([values])
  })

  test.each<[string, string, CsvOptions, RegExp]>([
    [
      'without a unit',
      rowsAt('timer,value', [0, 5, 10]),
      {},
      /csv\.time "timer": expected a unit: s, ms, us or iso, received "0"/,
    ],
    ['without a row', 't [s],value\n', {}, /x\.csv: rows: expected at least one, received none/],
    [
      'with a day that no month has',
      rowsAt('t,value', ['2020-02-28 10:00:00', '2020-02-31 10:00:00']),
      {},
      /line 3, column "t": expected a time such as .*received "2020-02-31 10:00:00"/,
    ],
    [
      'of a clock that nobody has',
      rowsAt('t [us],value', [0, 0.25, 0.5]),
      {},
      /channel 0 \(value\) rate: expected above 0, at most 1000000 Hz/,
    ],
    ['that does not go on', rowsAt('t [s],value', [1, 1, 1]), {}, /column "t \[s\]": expected times that go on/],
    ['with an empty cell', 't [s],value\n0,1\n,2\n', {}, /line 3, column "t \[s\]": expected a time in s, received ""/],
    [
      'of no steady clock',
      rowsAt('t [s],value', [0, 1, 5, 6, 9, 20, 22, 40]),
      {},
      /line \d+, time: expected at most .* s off an even .* \(otherwise .*--own-times\)/,
    ],
    ['that runs backward', rowsAt('t [s],value', [0, 1, 2, 3, 4, 5, 2, 6, 7]), {}, /line \d+, time: expected at most/],
    [
      'of many years',
      rowsAt('t [s],value', [0, 1, 1e9]),
      {},
      /line 4, time: expected at most 31622400 s from the first/,
    ],
  ])('%s is refused', async (_name, content, csv, message) => {
    await expect(opened(content, csv)).rejects.toThrow(message)
  })

  test('may stand for itself: single values, each at its own time', async () => {
    const content = 'time [s],HR [bpm],SpO2\n100,70,\n107.5,,97\n110,72,98\n'
    const recording = await opened(content, { times: 'own' })
    expect(recording.channels).toMatchObject([
      { name: 'HR [bpm]', rateHz: 0, samples: 2, signal: 'heartRate', irregular: true },
      { name: 'SpO2', rateHz: 0, samples: 2, irregular: true },
    ])
    expect(await singleValuesOf(recording)).toEqual([
      { channel: 0, atMicros: 0, value: 70 },
      { channel: 1, atMicros: 7.5e6, value: 97 },
      { channel: 0, atMicros: 10e6, value: 72 },
      { channel: 1, atMicros: 10e6, value: 98 },
    ])
    const backward = opened('time [s],HR\n1,70\n0,71\n', { times: 'own' })
    await expect(backward).rejects.toThrow(/line 3, time: expected at least 1, as before, received 0/)
  })
})

/** A column read apart from the code under test: no cell of these files is quoted. */
function columnOf(path: string, column: number): number[] {
  const bytes = readFileSync(recordingPath(path))
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  const rows = text.trim().split(/\r?\n/).slice(1)
  return rows.map((row) => Math.fround(Number(row.split(',')[column])))
}

describe('recordings of others', () => {
  const bidmc = withRecordings('bidmc', 'monitor numerics and signals of an intensive care unit')
  test.skipIf(!bidmc.there)(bidmc.name, async () => {
    const columns = [
      { column: 'HR', signal: 'heartRate' as const },
      { column: 'SpO2', signal: 'spo2' as const },
    ]
    const numerics = await openRecording(recordingPath('bidmc/bidmc_05_Numerics.csv'), { csv: { columns } })
    expect(numerics.channels.map(({ rateHz, samples }) => [rateHz, samples])).toEqual([
      [1, 481],
      [1, 481],
    ])
    const values = await samplesOf(numerics, 60)
    expect(values).toEqual([columnOf('bidmc/bidmc_05_Numerics.csv', 1), columnOf('bidmc/bidmc_05_Numerics.csv', 4)])
    expect(values[1]?.some((value) => Number.isNaN(value))).toBe(true)
    const signals = await openRecording(recordingPath('bidmc/bidmc_01_Signals.csv.gz'))
    expect(signals.channels.map(({ name }) => name)).toEqual(['RESP', 'PLETH', 'V', 'AVR', 'II'])
    expect(signals.channels[4]).toMatchObject({ rateHz: expect.closeTo(125, 6) as number, samples: 60_001 })
    expect((await samplesOf(signals, 60))[4]).toEqual(columnOf('bidmc/bidmc_01_Signals.csv.gz', 5))
  })

  const cast = withRecordings('crisdb-hr', 'a day of heart rate, one a second')
  test.skipIf(!cast.there)(cast.name, async () => {
    const csv = { rateHz: 1, columns: [{ column: 'hr_bpm', signal: 'heartRate' as const }] }
    const recording = await openRecording(recordingPath('crisdb-hr/e167b_hr.csv.gz'), { csv })
    expect(recording.channels).toMatchObject([{ rateHz: 1, signal: 'heartRate' }])
    expect(recording.durationSeconds / 3600).toBeGreaterThan(25)
    expect(await samplesOf(recording, 3600)).toEqual([columnOf('crisdb-hr/e167b_hr.csv.gz', 0)])
    // Its name says as much.
    expect(
      (await openRecording(recordingPath('crisdb-hr/e167b_hr.csv.gz'), { csv: { rateHz: 1 } })).channels,
    ).toMatchObject([{ name: 'hr_bpm', signal: 'heartRate' }])
  })

  const heartpy = withRecordings('heartpy-ppg', 'PPG with the time stamps of a timer and of a host')
  test.skipIf(!heartpy.there)(heartpy.name, async () => {
    const timer = await openRecording(recordingPath('heartpy-ppg/data2.csv'), {
      csv: { time: { column: 'timer', unit: 'ms' } },
    })
    expect(timer.channels).toMatchObject([{ name: 'hr', rateHz: expect.closeTo(116.99, 2) as number, samples: 15_000 }])
    const host = await openRecording(recordingPath('heartpy-ppg/data3.csv.gz'))
    expect(host.startTime).toBe('2016-11-24T13:58:58.081')
    expect(host.channels[0]).toMatchObject({ name: 'hr', rateHz: expect.closeTo(100.42, 2) as number, samples: 68_476 })
    expect(await samplesOf(host, 7)).toEqual([columnOf('heartpy-ppg/data3.csv.gz', 1)])
  })
})
