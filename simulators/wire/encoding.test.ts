import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decoders } from '../../firmware-bridge/decoders.ts'
import { signals } from '../../firmware-bridge/signals.ts'
import { syntheticDevice } from '../synthetic/syntheticDevice.ts'
import type { TimedFrame } from '../transport/timedFrame.ts'
import { encoded, encodings } from './encoding.ts'
import { inMessages } from './messages.ts'

const records = () =>
  syntheticDevice(3, {
    device: 'd',
    bootId: 9,
    startEpochMicros: 1e15,
    seconds: 12,
    events: [{ kind: 'lead-off', atSeconds: 4, durationSeconds: 3 }],
  })

test('JSON is read by our decoder: the same samples and events, numbered without a gap', () => {
  const decode = decoders.json.messages()
  const read = [...inMessages('d', encoded(records(), encodings.json), encodings.json)].flatMap(({ bytes }) =>
    decode(bytes),
  )
  const sent = [...records()].map(({ record }) => record).filter(({ kind }) => kind === 'samples' || kind === 'event')
  expect(read).toHaveLength(sent.length)
  for (const [i, record] of read.entries()) {
    const before = sent[i]
    expect(record).toMatchObject({ kind: before?.kind, bootId: 9, sequence: i, tick: before?.tick })
    if (record.kind !== 'samples' || before?.kind !== 'samples') continue
    expect(record.signal).toBe(before.signal)
    const { min, max } = signals[before.signal]
    for (const [at, value] of before.values.entries()) {
      if (Number.isNaN(value) || value < min || value > max) expect(record.values[at]).toBeNaN()
      else expect(Math.abs((record.values[at] ?? NaN) - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value))
    }
  }
})

test('frames of a moment become one message, in order, none lost, none too large', () => {
  const frame = fc.record({ second: fc.integer({ min: 0, max: 5 }), length: fc.integer({ min: 1, max: 40 }) })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), (given) => {
      const frames: TimedFrame[] = given
        .toSorted((a, b) => a.second - b.second)
        .map(({ second, length }, i) => ({ atMicros: second * 1e6, bytes: new Uint8Array(length).fill(i), samples: 2 }))
      const small = { ...encodings.frame, maxRecords: 7, maxBytes: 90 }
      const messages = [...inMessages('d', frames, small)]
      expect(Buffer.concat(messages.map(({ bytes }) => bytes))).toEqual(Buffer.concat(frames.map(({ bytes }) => bytes)))
      expect(messages.reduce((sum, { samples }) => sum + samples, 0)).toBe(2 * frames.length)
      for (const [i, { atMicros, bytes, records: count }] of messages.entries()) {
        expect(bytes.length).toBeLessThanOrEqual(90)
        expect(count).toBeLessThanOrEqual(7)
        const next = messages[i + 1]
        if (next?.atMicros !== atMicros) continue
        // Where a moment takes two messages, the first had no room for more.
        const following = frames[messages.slice(0, i + 1).reduce((sum, { records: r }) => sum + r, 0)]
        expect(count === 7 || bytes.length + (following?.bytes.length ?? 0) > 90).toBe(true)
      }
    }),
  )
})
