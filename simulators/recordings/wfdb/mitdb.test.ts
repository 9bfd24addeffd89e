import { describe, expect, test } from 'vitest'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import { openRecording } from '../recording.ts'
import { beatCodes } from './annotations.ts'

const records = ['100', '106', '108', '109', '114', '118', '119', '203', '205', '208', '209', '223']
const { there, name } = withRecordings('mitdb', 'the MIT-BIH Arrhythmia Database')

describe.skipIf(!there)(name, () => {
  test.each(records)('record %s has the checksums, first samples and length that its header states', async (record) => {
    const recording = await openRecording(recordingPath(`mitdb/${record}`))
    const sums = await recording.checksums?.()
    expect(sums).toHaveLength(2)
    for (const sum of sums ?? []) {
      expect(sum.checksum).toBe(sum.stated)
      expect(sum.firstSample).toBe(sum.statedFirstSample)
    }
    expect(recording.channels.map(({ samples, rateHz, unit }) => ({ samples, rateHz, unit }))).toEqual([
      { samples: 650_000, rateHz: 360, unit: 'mV' },
      { samples: 650_000, rateHz: 360, unit: 'mV' },
    ])
    expect(recording.channels[0]?.signal).toBe('ecg')
    expect(recording.durationSeconds).toBeCloseTo(1805.56, 2)
  })

  // Beats a record as published in the MIT-BIH directory (Moody & Mark 2001).
  test.each([
    ['100', { N: 2239, A: 33, V: 1 }],
    ['119', { N: 1543, V: 444 }],
    ['208', { N: 1586, V: 992, F: 373, S: 2, Q: 2 }],
  ])('record %s has the published beats', async (record, published) => {
    const recording = await openRecording(recordingPath(`mitdb/${record}`))
    const counts: Record<string, number> = {}
    for (const { code } of await recording.annotations()) {
      if (beatCodes.has(code)) counts[code] = (counts[code] ?? 0) + 1
    }
    expect(counts).toEqual(published)
  })

  test('a rhythm is read from the aux text, and annotations come in order of time', async () => {
    const annotations = await (await openRecording(recordingPath('mitdb/100'))).annotations()
    expect(annotations).toHaveLength(2274)
    expect(annotations[0]).toEqual({ sample: 18, code: '+', aux: '(N' })
    expect(annotations[1]).toEqual({ sample: 77, code: 'N' })
    const samples = annotations.map(({ sample }) => sample)
    expect(samples).toEqual(samples.toSorted((a, b) => a - b))
  })

  test('steps of any length give the same samples, in mV', async () => {
    const recording = await openRecording(recordingPath('mitdb/100'))
    const first = async (seconds: number) => {
      const values: number[] = []
      for await (const blocks of recording.blocks(seconds)) {
        expect(blocks[0]?.startSample).toBe(values.length)
        values.push(...(blocks[0]?.values ?? []))
        if (values.length >= 1080) break
      }
      return values.slice(0, 1080)
    }
    const bySecond = await first(1)
    // 995 and 1024 as the header has them, 200 units a mV.
    expect(bySecond[0]).toBeCloseTo((995 - 1024) / 200, 6)
    expect(await first(7 / 360)).toEqual(bySecond)
    expect(await first(3)).toEqual(bySecond)
  })
})
