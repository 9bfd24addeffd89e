import { describe, expect, test } from 'vitest'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { TimedRecord } from '../timedRecord.ts'
import { encoded, encodings } from '../wire/encoding.ts'
import { decodeFrame } from '../../firmware-bridge/frame.ts'
import { deviceClock } from './deviceClock.ts'
import { transportFault } from './faults.ts'
import { throughTransport } from './throughTransport.ts'

const bootId = 77
const start = 1_700_000_000_000_000

/** Hello and time at the start, then each second a block of four samples, and the time of day every 10 s. */
function* device(seconds: number): Generator<TimedRecord> {
  let sequence = 0
  const header = (tick: number) => ({ bootId, sequence: sequence++, tick })
  yield {
    atMicros: 0,
    record: { kind: 'hello', ...header(0), deviceId: 'd', firmware: 'f', signals: ['ecg'], detectsContact: true },
  }
  for (let second = 0; second < seconds; second++) {
    const tick = second * 1e6
    if (second % 10 === 0) {
      const record: WireRecord = { kind: 'time', ...header(tick), epochMicros: start + tick, uncertaintyMicros: 0 }
      yield { atMicros: tick, record }
    }
    const values = Float32Array.from([0, 1, 2, 3])
    yield { atMicros: tick + 1e6, record: { kind: 'samples', ...header(tick), signal: 'ecg', rateHz: 4, values } }
  }
}

function run(seconds: number, ...given: object[]) {
  const faults = given.map((fault) => transportFault.parse(fault))
  const clock = deviceClock(faults, bootId)
  const encode = (records: Iterable<TimedRecord>) => encoded(records, encodings.frame)
  const { frames, done } = throughTransport(device(seconds), { faults, clock, seed: 1, encode })
  const out = [...frames].map(({ atMicros, bytes }) => {
    const record = decodeFrame(bytes.subarray(0, -1))
    if (record.kind === 'fault') throw new Error(record.detail)
    return { atMicros, record }
  })
  return { out, done, clock }
}

describe('a reboot', () => {
  const { out, done, clock } = run(30, { kind: 'reboot', at: '12500ms', for: '4s' })
  const after = out.filter(({ record }) => record.bootId !== bootId)

  test('begins a new boot with tick and sequence from 0, a hello and the time of day', () => {
    expect(new Set(out.map(({ record }) => record.bootId)).size).toBe(2)
    expect(after.slice(0, 3).map(({ record }) => [record.kind, record.tick, record.sequence])).toEqual([
      ['hello', 0, 0],
      ['time', 0, 1],
      ['samples', 500_000, 2],
    ])
    expect(after.map(({ record }) => record.sequence)).toEqual(after.map((_, i) => i))
    const time = after[1]?.record
    expect(time?.kind === 'time' && time.epochMicros).toBe(start + 16.5e6)
  })

  test('loses the block under way and everything until the device is up, and says how much', () => {
    const before = out.filter(({ record }) => record.bootId === bootId && record.kind === 'samples')
    expect(before.at(-1)?.record.tick).toBe(11e6)
    // Blocks from 12 to 16 s: five.
    expect(done[0]?.counts).toEqual({ lost: 5 })
  })

  test('is known to the truth: a moment has a boot and a tick', () => {
    expect(clock.streamTime(12e6)).toEqual({ bootId, tick: 12e6 })
    const newBoot = after[0]?.record.bootId
    expect(clock.streamTime(14e6)).toEqual({ bootId: newBoot, tick: 0 })
    expect(clock.streamTime(20e6)).toEqual({ bootId: newBoot, tick: 3.5e6 })
  })

  test('may come again, but not before the device is up', () => {
    const twice = run(30, { kind: 'reboot', at: '20s' }, { kind: 'reboot', at: '5s' }).out
    expect(new Set(twice.map(({ record }) => record.bootId)).size).toBe(3)
    expect(() => run(30, { kind: 'reboot', at: '5s', for: '4s' }, { kind: 'reboot', at: '7s' })).toThrow(
      'reboot at 7 s: expected after 9 s, when the device is up',
    )
  })
})

test('a clock that is set changes the time of day from then on and nothing else', () => {
  const plain = run(40).out
  const { out, done } = run(40, { kind: 'clock-step', at: '15s', by: '1h', back: true })
  for (const [i, { atMicros, record }] of out.entries()) {
    const before = plain[i]
    expect(atMicros).toBe(before?.atMicros)
    if (record.kind === 'time' && atMicros >= 15e6) expect(record.epochMicros).toBe(start + record.tick - 3600e6)
    else expect(record).toEqual(before?.record)
  }
  expect(done[0]?.counts).toEqual({ changed: 2 })
})

test('ticks that jump do so until the next restart, in the truth as well', () => {
  const faults = [
    { kind: 'clock-step', at: '10s', by: '5s', of: 'ticks' },
    { kind: 'reboot', at: '20s', for: '1s' },
  ]
  const { out, clock } = run(30, ...faults)
  const ticks = out.flatMap(({ record }) => (record.kind === 'samples' ? [record.tick / 1e6] : []))
  // The block that would have been complete at the very stop is lost.
  expect(ticks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(clock.streamTime(12e6).tick).toBe(17e6)
  expect(clock.streamTime(25e6).tick).toBe(4e6)
})

test('a fast clock leaves the records alone and brings them sooner', () => {
  const plain = run(100).out
  const { out, clock } = run(100, { kind: 'clock-drift', ppm: 500 })
  expect(out.map(({ record }) => record)).toEqual(plain.map(({ record }) => record))
  expect(out.at(-1)?.atMicros).toBe(Math.round(100e6 / 1.0005))
  expect(clock.trueMicros(100e6)).toBe(Math.round(100e6 / 1.0005))
})
