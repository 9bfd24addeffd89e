import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recording as recordingPath, withRecordings } from '../../test/real/programs.ts'
import type { Recording } from './recording.ts'
import { openRecording } from './recording.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-csv-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (name: string, content: string | Uint8Array) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const vitals = {
  rateHz: 2,
  columns: [
    { column: 'HR', signal: 'heartRate' as const },
    { column: 'SpO2', unit: '%' },
  ],
}

async function valuesOf(recording: Recording, seconds = 1): Promise<number[][]> {
  const values = recording.channels.map((): number[] => [])
  for await (const blocks of recording.blocks(seconds)) {
    for (const { channel, startSample, values: block } of blocks) {
      expect(startSample).toBe(values[channel]?.length)
      values[channel]?.push(...block)
    }
  }
  return values
}

describe('a CSV recording', () => {
  const text = 'Time [s], HR, "SpO2"\r\n0,70,97\r\n1,,96\r\n2,NaN,95\r\n'

  test('takes the named columns; an empty cell is a missing sample', async () => {
    const recording = await openRecording(await file('a.csv', text), { csv: vitals })
    expect(recording).toMatchObject({ format: 'CSV', name: 'a', durationSeconds: 1.5 })
    expect(recording.channels).toEqual([
      { name: 'HR', unit: '/min', rateHz: 2, samples: 3, signal: 'heartRate' },
      { name: 'SpO2', unit: '%', rateHz: 2, samples: 3 },
    ])
    expect(await valuesOf(recording)).toEqual([
      [70, NaN, NaN],
      [97, 96, 95],
    ])
  })

  test('is the same when gzipped, and columns may be numbers where there are no names', async () => {
    const plain = { rateHz: 32, columns: [{ column: 0 }] }
    const path = await file('b.txt.gz', gzipSync('5\n6\n7\n'))
    expect(await valuesOf(await openRecording(path, { csv: plain }))).toEqual([[5, 6, 7]])
  })

  test.each([
    ['a missing column', 'HR\n70\n', /csv\.columns: expected one of HR, received SpO2/],
    ['an empty file', '', /first line: expected a row, received nothing/],
  ])('%s is refused when it is opened', async (_name, content, message) => {
    await expect(openRecording(await file('c.csv', content), { csv: vitals })).rejects.toThrow(message)
  })

  test('a cell that is not a number is named by line and column', async () => {
    const recording = await openRecording(await file('d.csv', 'HR,SpO2\n70,97\nhigh,96\n'), { csv: vitals })
    await expect(valuesOf(recording)).rejects.toThrow(/d\.csv: line 3, column "HR": expected a number, received "high"/)
  })

  test('a missing or damaged file is an error and not an empty recording', async () => {
    await expect(openRecording(join(folder, 'none.csv'), { csv: vitals })).rejects.toThrow(/none\.csv: file: .* ENOENT/)
    await expect(openRecording(join(folder, 'none.csv.gz'), { csv: vitals })).rejects.toThrow(/file: .* ENOENT/)
    const cut = gzipSync('HR,SpO2\n70,97\n'.repeat(1000)).subarray(0, 30)
    await expect(openRecording(await file('e.csv.gz', cut), { csv: vitals })).rejects.toThrow(/e\.csv\.gz: file: /)
  })

  test('without a mapping says what it needs', async () => {
    await expect(openRecording(await file('f.csv', text))).rejects.toThrow(/csv: expected a rate and a column mapping/)
  })

  const { there, name } = withRecordings('bidmc', 'reads eight minutes of monitor numerics')
  test.skipIf(!there)(name, async () => {
    const recording = await openRecording(recordingPath('bidmc/bidmc_01_Numerics.csv'), {
      csv: {
        rateHz: 1,
        columns: [
          { column: 'HR', signal: 'heartRate' },
          { column: 'SpO2', signal: 'spo2' },
        ],
      },
    })
    const [rate, spo2] = await valuesOf(recording, 60)
    expect(rate).toHaveLength(481)
    expect(rate?.slice(0, 4)).toEqual([94, 94, 94, 92])
    expect(spo2?.[0]).toBe(97)
  })
})
