import { describe, expect, it } from 'vitest'
import { decoders } from '../../firmware-bridge/decoders.ts'
import type { Flow } from '../flow.ts'
import { arrival, emitted, heartRates, ofKind } from '../testing/run.ts'
import { numberings } from './numbering.ts'
import { deviceCounts, inSequence } from './sequence.ts'

function run(...sequences: (number | [number, number])[]) {
  const devices = deviceCounts()
  const records = sequences.map((s) => (Array.isArray(s) ? heartRates(s[1], 0, [60], s[0]) : heartRates(s, 0, [60])))
  const out = emitted(
    inSequence(devices, numberings(), () => false),
    records.map((record) => arrival(record)),
  )
  return {
    said: ofKind(out, 'said').map(({ record }) => record.sequence),
    late: ofKind(out, 'late'),
    refused: ofKind(out, 'refused'),
    counts: devices.peek('d-1'),
  }
}

describe('sequence', () => {
  it('passes each frame on once, however often it comes', () => {
    const { said, counts } = run(0, 1, 1, 0, 2, 2)
    expect(said).toEqual([0, 1, 2])
    expect(counts).toMatchObject({ records: 3, duplicates: 3, lostFrames: 0 })
  })

  it('counts a jump as so many lost frames', () => {
    expect(run(5, 9).counts).toMatchObject({ lostFrames: 3, records: 2 })
  })

  it('keeps a frame that comes after later ones as late, once, and not as a duplicate', () => {
    const { said, late, refused, counts } = run(0, 2, 1)
    expect(said).toEqual([0, 2])
    expect(late).toHaveLength(1)
    expect(refused.map(({ reason }) => reason)).toEqual(['late'])
    const kept = decoders.frame.messages()(refused[0]?.bytes ?? new Uint8Array())
    expect(kept).toEqual([heartRates(1, 0, [60])])
    expect(counts).toMatchObject({ late: 1, duplicates: 0 })
  })

  it('keeps late frames of whole losses, in any order, each once however often they come', () => {
    const { late, counts } = run(0, 10, 14, 7, 3, 3, 13, 7, 1, 2, 1, 12, 5, 6, 11, 4, 9, 8, 8, 14)
    expect(late).toHaveLength(12)
    expect(counts).toMatchObject({ late: 12, duplicates: 5 })
  })

  it('keeps what comes of the boot before, as late, once', () => {
    const { said, late, counts } = run([1, 10], [2, 0], [1, 12], [1, 11], [1, 12], [1, 11], [2, 1])
    expect(said).toEqual([10, 0, 1])
    expect(late.map(({ bootId }) => bootId)).toEqual([1, 1])
    expect(counts).toMatchObject({ late: 2, duplicates: 2 })
  })

  it('goes on over the wrap of the 32-bit counter', () => {
    const { said, counts } = run(0xfffffffe, 0xffffffff, 0, 1, 0xffffffff)
    expect(said).toEqual([0xfffffffe, 0xffffffff, 0, 1])
    expect(counts).toMatchObject({ lostFrames: 0, duplicates: 1 })
  })

  it('begins anew with another boot id, and still knows the frames of the boot before', () => {
    const { said, counts } = run([1, 10], [2, 0], [1, 10], [2, 1])
    expect(said).toEqual([10, 0, 1])
    expect(counts).toMatchObject({ duplicates: 1, lostFrames: 0 })
  })

  it('gives the same result when its state went through disk in between', () => {
    const before = deviceCounts()
    emitted(
      inSequence(before, numberings(), () => false),
      [arrival(heartRates(0, 0, [60])), arrival(heartRates(3, 0, [60]))],
    )
    const after = deviceCounts()
    after.restore(before.takeChanged())
    const out = emitted(
      inSequence(after, numberings(), () => false),
      [arrival(heartRates(3, 0, [60])), arrival(heartRates(4, 0, [60]))],
    )
    expect(ofKind(out, 'said').map(({ record }) => record.sequence)).toEqual([4])
    expect(after.peek('d-1')).toMatchObject({ lostFrames: 2, duplicates: 1 })
  })

  it('follows at most a thousand devices that nobody wears, and every one that somebody wears', () => {
    const devices = deviceCounts()
    const stage = inSequence(devices, numberings(), (device) => device === 'worn')
    const from = (device: string) => ({ ...arrival(heartRates(0, 0, [60])), device }) as Flow
    const out = emitted(stage, [...Array.from({ length: 1001 }, (_, i) => from(`stray-${i}`)), from('worn')])
    expect(ofKind(out, 'said')).toHaveLength(1001)
    expect(ofKind(out, 'refused').map(({ reason, device }) => [reason, device])).toEqual([
      ['too-many-devices', 'stray-1000'],
    ])
  })

  it('goes on with a device whose counter was wrong once, after five frames that are plainly new', () => {
    const devices = deviceCounts()
    const frames = [0, 4_000_000, 1, 2, 3, 4, 5, 6, 7].map((sequence, second) =>
      arrival(heartRates(sequence, second, [60])),
    )
    const said = ofKind(
      emitted(
        inSequence(devices, numberings(), () => true),
        frames,
      ),
      'said',
    ).map(({ record }) => record.sequence)
    expect(said).toEqual([0, 4_000_000, 5, 6, 7])
  })

  it('drops a whole recording that comes again, however long', () => {
    const devices = deviceCounts()
    const frames = Array.from({ length: 200 }, (_, i) => arrival(heartRates(i, i, [60])))
    expect(
      ofKind(
        emitted(
          inSequence(devices, numberings(), () => true),
          [...frames, ...frames],
        ),
        'said',
      ),
    ).toHaveLength(200)
  })

  it('tells faults under their reason and still says when the arrival is through', () => {
    const acknowledge = (): void => undefined
    const fault = { kind: 'fault' as const, reason: 'bad-crc' as const, detail: 'd', bytes: new Uint8Array([1]) }
    const out = emitted(
      inSequence(deviceCounts(), numberings(), () => false),
      [
        {
          kind: 'arrival',
          source: 's',
          device: 'd-1',
          receivedAt: 0,
          records: [fault, heartRates(0, 0, [60])],
          acknowledge,
        },
      ],
    )
    expect(out.map(({ kind }) => kind)).toEqual(['refused', 'said', 'delivered'])
  })
})
