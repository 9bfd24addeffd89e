import { describe, expect, test } from 'vitest'
import type { TimedRecord } from './timedRecord.ts'
import { deviceRecords } from './recordedDevice.ts'
import { recording as recordingPath, withRecordings } from '../test/real/programs.ts'
import type { Channel, Recording } from './recordings/recording.ts'
import { openRecording } from './recordings/recording.ts'
import { replayStartMicros } from './replay.ts'

/** A recording in memory, whose samples count up. */
function counting(durationSeconds: number, ...channels: Omit<Channel, 'samples'>[]): Recording {
  const all = channels.map((channel) => ({ ...channel, samples: Math.floor(channel.rateHz * durationSeconds) }))
  return {
    format: 'test',
    name: 'counting',
    durationSeconds,
    fingerprint: 99,
    annotationRateHz: 1,
    channels: all,
    annotations: () => Promise.resolve([]),
    async *blocks(seconds) {
      for (let step = 0; step * seconds < durationSeconds; step++) {
        yield await Promise.resolve(
          all.map(({ rateHz, samples }, channel) => {
            const startSample = Math.min(samples, Math.round(step * seconds * rateHz))
            const end = Math.min(samples, Math.round((step + 1) * seconds * rateHz))
            return {
              channel,
              startSample,
              values: Float32Array.from({ length: end - startSample }, (_, i) => startSample + i),
            }
          }),
        )
      }
    },
  }
}

async function collect(records: AsyncIterable<TimedRecord>): Promise<TimedRecord[]> {
  const all: TimedRecord[] = []
  for await (const record of records) all.push(record)
  return all
}

const identity = { device: 'd-1', startEpochMicros: 5e15 }
const lead = { name: 'MLII', unit: 'mV', rateHz: 250, signal: 'ecg' as const }

describe('a recorded device', () => {
  test('says hello, the time of day, its samples, and when it ends', async () => {
    const records = await collect(deviceRecords(counting(2.5, lead), identity))
    expect(records.map(({ record }) => record.kind)).toEqual([
      'hello',
      'time',
      'samples',
      'samples',
      'samples',
      'event',
    ])
    expect(records.map(({ record }) => record.sequence)).toEqual([0, 1, 2, 3, 4, 5])
    expect(records.map(({ record }) => record.tick)).toEqual([0, 0, 0, 1e6, 2e6, 2.5e6])
    expect(records.map(({ atMicros }) => atMicros)).toEqual([0, 0, 996_000, 1_996_000, 2_496_000, 2_500_000])
    expect(records[0]?.record).toMatchObject({ deviceId: 'd-1', signals: ['ecg'], bootId: 99 })
    expect(records[1]?.record).toMatchObject({ epochMicros: 5e15 })
    expect(records[4]?.record).toMatchObject({ signal: 'ecg', rateHz: 250 })
  })

  test('loses no sample at a rate that does not divide a second, nor at one too high for a frame a second', async () => {
    for (const rateHz of [62.4725, 2000]) {
      const records = await collect(deviceRecords(counting(5, { ...lead, rateHz }), identity))
      const samples = records.flatMap(({ record }) => (record.kind === 'samples' ? [record] : []))
      expect(samples.flatMap(({ values }) => [...values])).toEqual(
        Array.from({ length: Math.floor(5 * rateHz) }, (_, i) => i),
      )
      for (const { tick, values } of samples) {
        expect(values.length).toBeLessThanOrEqual(811)
        expect(Math.abs(tick - ((values[0] ?? 0) * 1e6) / rateHz)).toBeLessThanOrEqual(0.5)
      }
    }
  })

  test('takes the channels it is told to, in the unit of the signal', async () => {
    const channels = [lead, { name: 'V5', unit: 'uV', rateHz: 10 }, { name: 'PLETH', unit: 'NU', rateHz: 10 }]
    const mapping = new Map([
      [1, 'ecg'],
      [2, 'ppg'],
    ] as const)
    const records = await collect(deviceRecords(counting(1, ...channels), { ...identity, channels: mapping }))
    const samples = records.flatMap(({ record }) => (record.kind === 'samples' ? [record] : []))
    expect(samples.map(({ signal }) => signal)).toEqual(['ecg', 'ppg'])
    expect(samples[0]?.values[9]).toBeCloseTo(0.009, 9)
    expect(samples[1]?.values[9]).toBe(9)
  })

  test.each([
    [
      'no plain signal',
      [{ name: 'X', unit: 'mV', rateHz: 1 }],
      undefined,
      /at least one that is plainly a signal, or --signals CHANNEL=SIGNAL, received X \(mV\)/,
    ],
    [
      'a unit that does not fit',
      [{ ...lead, unit: 'kPa' }],
      new Map([[0, 'ecg'] as const]),
      /channel MLII unit: .*mV \(ecg\), received kPa/,
    ],
    [
      'two channels for one signal',
      [lead, lead],
      new Map([
        [0, 'ecg'],
        [1, 'ecg'],
      ] as const),
      /one channel as ecg, received two/,
    ],
  ])('refuses %s', async (_name, channels, mapping, message) => {
    const options = { ...identity, ...(mapping ? { channels: mapping } : {}) }
    await expect(collect(deviceRecords(counting(1, ...channels), options))).rejects.toThrow(message)
  })

  test('stops at the limit', async () => {
    const records = await collect(deviceRecords(counting(90, lead), { ...identity, limitSeconds: 70 }))
    expect(records.at(-1)).toMatchObject({ atMicros: 70e6, record: { code: 'session-end' } })
    expect(records.filter(({ record }) => record.kind === 'time').map(({ record }) => record.tick)).toEqual([0, 60e6])
    expect(records.filter(({ record }) => record.kind === 'samples')).toHaveLength(70)
  })

  const { there, name } = withRecordings('mitdb', 'is the same stream each time the same recording is sent')
  test.skipIf(!there)(name, async () => {
    const once = async (record: string) => {
      const recording = await openRecording(recordingPath(`mitdb/${record}`))
      return collect(deviceRecords(recording, { ...identity, limitSeconds: 60 }))
    }
    expect(await once('119')).toEqual(await once('119'))
    const bootIds = [(await once('119'))[0]?.record.bootId, (await once('208'))[0]?.record.bootId]
    expect(new Set(bootIds).size).toBe(2)
  })
})

describe('the start of a replay', () => {
  test.each([
    [1, 0],
    [0.5, 0],
    [10, 90],
    ['max', 100],
  ] as const)('at speed %s lies so far back that the end is now', (speed, secondsAgo) => {
    expect(replayStartMicros(1e15, 100, speed)).toBe(1e15 - secondsAgo * 1e6)
  })
})
