import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame } from '../../firmware-bridge/frame.ts'
import type { TimedRecord } from '../timedRecord.ts'
import { encoded, encodings } from '../wire/encoding.ts'
import { deviceClock } from './deviceClock.ts'
import type { TransportFault } from './faults.ts'
import { orderOfFaults, transportFault } from './faults.ts'
import { throughTransport } from './throughTransport.ts'

const records: TimedRecord[] = Array.from({ length: 120 }, (_, i) => ({
  atMicros: (i + 1) * 1e6,
  record: {
    kind: 'samples',
    sequence: i,
    bootId: 5,
    tick: i * 1e6,
    signal: 'ecg',
    rateHz: 2,
    values: Float32Array.of(i / 100, 0),
  },
}))

function run(faults: TransportFault[], seed: number) {
  const clock = deviceClock(faults, 5)
  const { frames, done } = throughTransport(records, {
    faults,
    clock,
    seed,
    encode: (of) => encoded(of, encodings.frame),
  })
  return { frames: [...frames], done }
}

const probability = fc.double({ min: 0, max: 0.3, noNaN: true })
const link = fc.subarray([
  { kind: 'disconnect', at: '20s', for: '15s', keeps: true },
  { kind: 'bursts', every: '10s', hold: '3s' },
  { kind: 'jitter', upTo: '1500ms' },
  { kind: 'clock-drift', ppm: -300 },
])
const chances = fc.record({
  loss: probability,
  duplicate: probability,
  reorder: probability,
  flips: fc.double({ min: 0, max: 0.005, noNaN: true }),
})

test('faults compose: same seed, same bytes; frames that no fault touched are unchanged; the counts add up', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), link, chances, (seed, fixed, chance) => {
      const faults = [
        { kind: 'bit-flips', perByte: chance.flips },
        { kind: 'reorder', probability: chance.reorder, distance: 5 },
        { kind: 'duplicate', probability: chance.duplicate },
        { kind: 'loss', probability: chance.loss },
        ...fixed,
      ].map((fault) => transportFault.parse(fault))
      const { frames, done } = run(faults, seed)
      expect(run(faults, seed).frames).toEqual(frames)

      const kinds = done.map(({ fault }) => fault.kind)
      expect(kinds).toEqual(orderOfFaults.filter((kind) => kinds.includes(kind)))
      const count = (kind: string, name: string) => done.find(({ fault }) => fault.kind === kind)?.counts[name] ?? 0
      const expected =
        120 - count('loss', 'lost') + count('duplicate', 'duplicated') - count('disconnect', 'undelivered')
      expect(frames).toHaveLength(expected)
      const originals = new Set(records.map(({ record }) => Buffer.from(encodeFrame(record)).toString('hex')))
      const damaged = frames.filter(({ bytes }) => !originals.has(Buffer.from(bytes).toString('hex')))
      expect(damaged).toHaveLength(count('bit-flips', 'damaged'))
    }),
    { numRuns: 40 },
  )
})

test('without faults everything comes as it was sent', () => {
  const { frames } = run([], 1)
  expect(frames.map(({ atMicros, bytes }) => ({ atMicros, bytes }))).toEqual(
    records.map(({ atMicros, record }) => ({ atMicros, bytes: encodeFrame(record) })),
  )
})
