import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxSamplesInRecord } from './frameLimits.ts'
import { ValueRoom } from './valueRoom.ts'

describe('ValueRoom', () => {
  it('gives each record memory that no other has, of zeros, whatever was announced', () => {
    const counts = fc.array(fc.integer({ min: 1, max: maxSamplesInRecord }), { maxLength: 30 })
    fc.assert(
      fc.property(fc.nat(20_000), counts, (atMost, wanted) => {
        const room = new ValueRoom(atMost)
        const given = wanted.map((count, i) => {
          const values = room.take(count)
          expect(values.length).toBe(count)
          expect(values.every((value) => value === 0)).toBe(true)
          return values.fill(i + 1)
        })
        given.forEach((values, i) => expect(values.every((value) => value === i + 1)).toBe(true))
      }),
    )
  })

  it('lets no record hold on to more than 16 KiB or its own size', () => {
    const room = new ValueRoom(1_000_000)
    for (const count of [1, 16, 17, 100, 4000, maxSamplesInRecord, 100])
      expect(room.take(count).buffer.byteLength).toBeLessThanOrEqual(16_384)
  })

  it('gives few values memory of their own, so that a vital sign that is kept keeps nothing else', () => {
    const room = new ValueRoom(4096)
    room.take(100)
    expect(room.take(16).buffer.byteLength).toBe(64)
  })

  it('takes no more than is needed for a record that comes alone', () => {
    expect(new ValueRoom(0).take(125).buffer.byteLength).toBe(500)
  })
})
