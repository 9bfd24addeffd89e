import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cobsDecode, cobsEncode, maxCobsBytes } from './cobs.ts'

const stuff = (bytes: Uint8Array): Uint8Array => {
  const target = new Uint8Array(maxCobsBytes(bytes.length))
  return target.subarray(0, cobsEncode(bytes, bytes.length, target))
}
const unstuff = (bytes: Uint8Array): Uint8Array | undefined => {
  const target = new Uint8Array(bytes.length)
  const length = cobsDecode(bytes, 0, bytes.length, target)
  return length < 0 ? undefined : target.subarray(0, length)
}
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const range = (from: number, to: number): Uint8Array => Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i)
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

describe('COBS', () => {
  // The worked examples of the method's description (Cheshire and Baker; as listed in its Wikipedia article).
  it.each([
    ['', '01'],
    ['00', '01 01'],
    ['00 00', '01 01 01'],
    ['00 11 00', '01 02 11 01'],
    ['11 22 00 33', '03 11 22 02 33'],
    ['11 22 33 44', '05 11 22 33 44'],
    ['11 00 00 00', '02 11 01 01 01'],
  ])('stuffs %s as %s and back', (plain, stuffed) => {
    expect(stuff(hex(plain))).toEqual(hex(stuffed))
    expect(unstuff(hex(stuffed))).toEqual(hex(plain))
  })

  it.each([
    ['254 bytes fill one block', range(1, 254), join(hex('ff'), range(1, 254))],
    ['a zero and 254 bytes', range(0, 254), join(hex('01 ff'), range(1, 254))],
    ['255 bytes open a second block', range(1, 255), join(hex('ff'), range(1, 254), hex('02 ff'))],
    ['a zero after a full block', join(range(1, 254), hex('00')), join(hex('ff'), range(1, 254), hex('01 01'))],
    ['254 bytes from 3 on, then a zero', join(range(3, 255), hex('00')), join(hex('fe'), range(3, 255), hex('01'))],
  ])('handles the length of a block: %s', (_, plain, stuffed) => {
    expect(stuff(plain)).toEqual(stuffed)
    expect(unstuff(stuffed)).toEqual(plain)
  })

  it('gives back whatever was stuffed, without a zero in between and within its bound', () => {
    const mostlyZeroFree = fc.uint8Array({ min: 1, maxLength: 1200, size: 'max' })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 1200, size: 'max' }), mostlyZeroFree), (plain) => {
        const stuffed = stuff(plain)
        expect(stuffed.includes(0)).toBe(false)
        expect(stuffed.length).toBeLessThanOrEqual(maxCobsBytes(plain.length))
        expect(unstuff(stuffed)).toEqual(plain)
      }),
    )
  })

  it('reads or refuses any bytes as its description does, a byte at a time', () => {
    const byte = fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 12 }) },
      { weight: 2, arbitrary: fc.constant(0xff) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
    )
    const fullBlock = fc.uint8Array({ min: 1, minLength: 254, maxLength: 254, size: 'max' })
    const message = fc.oneof(
      fc.array(byte, { maxLength: 60 }),
      // Full blocks, with whatever stands behind them.
      fc
        .array(fc.tuple(fullBlock, fc.array(byte, { maxLength: 12 })), { maxLength: 3 })
        .map((parts) => parts.flatMap(([block, rest]) => [...rest, 0xff, ...block])),
    )
    let read = 0
    fc.assert(
      fc.property(message, (stuffed) => {
        const expected = byteAtATime(stuffed)
        expect(unstuff(Uint8Array.from(stuffed))).toEqual(expected && Uint8Array.from(expected))
        if (expected !== undefined) read++
      }),
      { numRuns: 2000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  it.each([
    ['nothing', ''],
    ['a zero as code', '00'],
    ['a zero in a block', '03 11 00'],
    ['a block past the end', '04 11 22'],
  ])('refuses %s', (_, stuffed) => {
    expect(unstuff(hex(stuffed))).toBeUndefined()
  })

  it('refuses what would not fit', () => {
    expect(cobsDecode(hex('05 11 22 33 44'), 0, 5, new Uint8Array(3))).toBe(-1)
  })
})

/**
 * Cheshire and Baker's description as it stands: a code, as many bytes less one, and a zero unless it was 0xFF or the
 * last.
 */
function byteAtATime(stuffed: number[]): number[] | undefined {
  if (stuffed.length === 0 || stuffed.includes(0)) return undefined
  const plain: number[] = []
  let left = [...stuffed]
  while (left.length > 0) {
    const [code = 0] = left
    if (code > left.length) return undefined
    plain.push(...left.slice(1, code))
    left = left.slice(code)
    if (code !== 0xff && left.length > 0) plain.push(0)
  }
  return plain
}
