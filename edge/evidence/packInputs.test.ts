import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryRecord } from '../../firmware-bridge/arbitraryRecord.testing.ts'
import { decodeFrame, encodeFrame } from '../../firmware-bridge/frame.ts'
import type { Decoded } from '../../firmware-bridge/records.ts'
import { packInput, unpackInput, type Heard } from './packInputs.ts'

const heard = (...records: Decoded[]): Heard => ({
  now: 5,
  input: { kind: 'arrival', source: 's', device: 'd-1', receivedAt: 4, records },
})
const throughJson = (input: Heard) => unpackInput(JSON.parse(JSON.stringify(packInput(input))) as never)

describe('packing inputs', () => {
  it('property: every record comes out exactly as it went in, whether a frame carries it or not', () => {
    fc.assert(
      fc.property(arbitraryRecord, (record) => {
        expect(throughJson(heard(record))).toEqual(heard(record))
      }),
      { numRuns: 300, seed: 3 },
    )
  })

  it('packs what came in a frame as a frame, at a fraction of its samples', () => {
    const values = Float32Array.from({ length: 250 }, (_, i) => Math.round(800 * Math.sin(i / 9)) / 1000)
    const record = decodeFrame(
      encodeFrame({ kind: 'samples', sequence: 1, bootId: 2, tick: 3, signal: 'ecg', rateHz: 250, values }).slice(
        0,
        -1,
      ),
    )
    const [packed] = packInput(heard(record)).input.records ?? []
    expect(packed).toHaveProperty('frame')
    expect(JSON.stringify(packed).length).toBeLessThan(values.byteLength)
    expect(throughJson(heard(record))).toEqual(heard(record))
  })

  it('keeps readings without a number, faults with their bytes, requests and ticks', () => {
    const reading: Decoded = {
      kind: 'samples',
      signal: 'heartRate',
      rateHz: 1,
      values: Float32Array.of(Math.fround(61.1)),
    }
    const fault: Decoded = { kind: 'fault', reason: 'bad-crc', detail: 'x', bytes: Uint8Array.of(1, 2, 255) }
    expect(throughJson(heard(reading, fault))).toEqual(heard(reading, fault))
    const tick: Heard = { now: 1, input: { kind: 'tick', now: 1 } }
    expect(throughJson(tick)).toEqual(tick)
  })
})
