import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FrameParser } from '../../firmware-bridge/frameParser.ts'
import type { SamplesRecord, WireRecord } from '../../firmware-bridge/records.ts'
import { sendMessages } from '../sendMessages.ts'
import type { Message } from '../wire/messages.ts'
import { openWire } from '../wire/openWire.ts'
import type { FleetRun } from './fleetDevices.ts'
import { fleetDevices } from './fleetDevices.ts'
import { preparedFleet } from './preparedFleet.ts'
import type { PreparedStream } from './preparedFile.ts'
import { readPreparedFile } from './preparedFile.ts'
import { syntheticFleet } from './syntheticFleet.ts'

const run: FleetRun = { wearers: 3, seed: 4, startEpochMicros: 1.7e15, seconds: 30 }

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-fleet-'))
  file = join(folder, 'one')
  const wire = await openWire(`file:${file}`)
  await sendMessages(syntheticFleet({ ...run, wearers: 1, seconds: 12 }), wire, { speed: 'max' })
  await wire.close('confirmed')
})
afterAll(() => rm(folder, { recursive: true }))

function byDevice(messages: Iterable<Message>): Map<string, WireRecord[]> {
  const found = new Map<string, WireRecord[]>()
  for (const { device, bytes, records, samples } of messages) {
    const decoded = new FrameParser().push(bytes).map((record) => {
      if (record.kind === 'fault' || !('sequence' in record)) throw new Error(JSON.stringify(record))
      return record
    })
    expect(decoded).toHaveLength(records)
    expect(decoded.reduce((sum, r) => sum + (r.kind === 'samples' ? r.values.length : 0), 0)).toBe(samples)
    found.set(device, [...(found.get(device) ?? []), ...decoded])
  }
  return found
}

const ecgOf = (records: readonly WireRecord[]) =>
  records.filter((record): record is SamplesRecord => record.kind === 'samples' && record.signal === 'ecg')

test('a fleet has names, boot ids and phases of its own', () => {
  const devices = fleetDevices({ ...run, wearers: 1000 })
  expect(devices[999]).toMatchObject({ wearer: 'wearer-01000', device: 'fleet-01000', phaseMicros: 999_000 })
  expect(new Set(devices.map(({ bootId }) => bootId)).size).toBe(1000)
})

test('synthetic wearers are different persons with the same signals, a message a second each, spread over the second', () => {
  const messages = [...syntheticFleet(run)]
  const records = byDevice(messages)
  expect([...records.keys()]).toEqual(['fleet-00001', 'fleet-00002', 'fleet-00003'])
  const ecgs = [...records.values()].map((own) => JSON.stringify(ecgOf(own).map(({ values }) => [...values])))
  expect(new Set(ecgs).size).toBe(3)
  const phases = new Set(messages.map(({ atMicros }) => atMicros % 1e6))
  expect(phases).toEqual(new Set([0, 333_333, 666_666]))
  // The hello before the first second, then one message a second.
  expect(messages).toHaveLength(3 * 31)
  expect(messages.map(({ atMicros }) => atMicros)).toEqual(messages.map((m) => m.atMicros).toSorted((a, b) => a - b))
})

describe('a fleet from a file', () => {
  let streams: PreparedStream[]
  beforeAll(async () => {
    streams = await readPreparedFile(file)
  })

  test('sends the file’s samples as every device, with ticks and sequence that go on when it begins anew', () => {
    const records = byDevice(preparedFleet(streams, run))
    const original = ecgOf([...byDevice(syntheticFleet({ ...run, wearers: 1, seconds: 12 })).values()][0] ?? [])
    const devices = fleetDevices(run)
    expect(records.size).toBe(3)
    for (const { device, bootId } of devices) {
      const own = records.get(device) ?? []
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, i) => i))
      expect(own.every((record) => record.bootId === bootId)).toBe(true)
      const ecg = ecgOf(own)
      expect(ecg.map(({ tick }) => tick)).toEqual(Array.from({ length: 30 }, (_, i) => i * 1e6))
      for (const [i, { values }] of ecg.entries()) expect(values).toEqual(original[i % 12]?.values)
      expect(own.at(-1)).toMatchObject({ kind: 'event', code: 'session-end', tick: 30e6 })
    }
  })

  test('says each device’s own name and time of day', () => {
    const records = byDevice(preparedFleet(streams, run))
    for (const { device, phaseMicros } of fleetDevices(run)) {
      for (const record of records.get(device) ?? []) {
        if (record.kind === 'hello') expect(record.deviceId).toBe(device)
        if (record.kind === 'time') expect(record.epochMicros).toBe(run.startEpochMicros + phaseMicros + record.tick)
      }
    }
  })

  test('that is none is refused with the place of what is wrong', async () => {
    const bytes = await readFile(file)
    const second = bytes.indexOf(0) + 1
    bytes[second + 5] = (bytes[second + 5] ?? 0) ^ 1
    const bad = join(folder, 'bad')
    await writeFile(bad, bytes)
    await expect(readPreparedFile(bad)).rejects.toThrow(
      new RegExp(`bad: byte ${second}: expected a frame, received bad-`),
    )
    await writeFile(bad, '')
    await expect(readPreparedFile(bad)).rejects.toThrow('expected frames with samples, received none')
    await expect(readPreparedFile(join(folder, 'none'))).rejects.toThrow('expected a readable file, received ENOENT')
  })
})
