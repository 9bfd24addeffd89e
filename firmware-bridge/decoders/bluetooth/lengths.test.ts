import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decoders } from '../../decoders.ts'
import type { Decoded } from '../../records.ts'
import { signals } from '../../signals.ts'
import { maxAttributeBytes } from './attribute.ts'

/** Bytes without flags, and what each flag adds, as the field tables of the services have them. */
const formats = [
  { name: 'ble-heart-rate', always: 2, adds: [1, 0, 0, 2], repeats: { flag: 0x10, bytes: 2 } },
  { name: 'ble-plx-continuous', always: 5, adds: [4, 4, 2, 3, 2] },
  { name: 'ble-plx-spot-check', always: 5, adds: [7, 2, 3, 2] },
  { name: 'ble-thermometer', always: 5, adds: [0, 7, 1] },
  { name: 'ble-battery', always: 1, adds: [] },
] as const

function isRight(format: (typeof formats)[number], bytes: Uint8Array): boolean {
  const flags = bytes[0]
  if (flags === undefined) return false
  const adds: readonly number[] = format.adds
  const fixed = adds.reduce((sum, extra, bit) => sum + (flags & (1 << bit) ? extra : 0), format.always)
  const over = bytes.length - fixed
  if ('repeats' in format && flags & format.repeats.flag) return over >= 0 && over % format.repeats.bytes === 0
  return over === 0
}

const isBadLength = (one: Decoded): boolean => one.kind === 'fault' && one.reason === 'bad-length'

function check(format: (typeof formats)[number], bytes: Uint8Array): void {
  const decoded = decoders[format.name].messages()(bytes)
  if (!isRight(format, bytes)) {
    expect(decoded.map(isBadLength)).toEqual([true])
    return
  }
  expect(decoded.some(isBadLength)).toBe(false)
  expect(decoded.length).toBeGreaterThan(0)
  for (const one of decoded)
    if (one.kind === 'samples') {
      const [value = NaN] = one.values
      expect(one.values).toHaveLength(1)
      expect(value >= signals[one.signal].min && value <= signals[one.signal].max && one.rateHz > 0).toBe(true)
    }
}

describe.each(formats)('$name', (format) => {
  it('reads or refuses every length from 0 to 40 for all flags, never both', () => {
    const fill = fc.sample(fc.uint8Array({ minLength: 40, maxLength: 40 }), { numRuns: 41, seed: 1 })
    fill.forEach((bytes, length) => {
      for (let flags = 0; flags <= 0xff; flags++) {
        const payload = bytes.slice(0, length)
        if (length > 0) payload[0] = flags
        check(format, payload)
      }
    })
  })

  it('reads or refuses any bytes, wherever they lie in their buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(7), (bytes, offset) => {
        const buffer = new Uint8Array(bytes.length + offset + 3).fill(0xff)
        buffer.set(bytes, offset)
        check(format, buffer.subarray(offset, offset + bytes.length))
      }),
    )
  })

  it('refuses more than an attribute can hold', () => {
    const payload = new Uint8Array(maxAttributeBytes + 1).fill(0x10)
    expect(decoders[format.name].messages()(payload)).toMatchObject([
      { reason: 'too-long', detail: `${format.name}: expected at most 512 bytes, received 513` },
    ])
  })
})
