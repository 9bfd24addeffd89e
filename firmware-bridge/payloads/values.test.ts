import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ValueScale } from './values.ts'
import { readValues } from './values.ts'

/** Bytes of the payload with stale ones behind, as in the workspace. */
function read(bytes: readonly number[], count: number, scale: ValueScale, stale = 0xff) {
  const memory = new Uint8Array(bytes.length + 64).fill(stale)
  memory.set(bytes, 3)
  const values = new Float32Array(count)
  const outside = readValues(new DataView(memory.buffer), 3, 3 + bytes.length, values, scale)
  return typeof outside === 'number' ? { outside, values } : outside.reason
}

/** The README's words in big integers, a byte and a sample at a time. */
function expected(bytes: readonly number[], count: number, { countsPerUnit, offset, min, max }: ValueScale) {
  const values = new Float32Array(count)
  let at = 0
  let integer = 0n
  let outside = 0
  for (let i = 0; i < count; i++) {
    let zigzag = 0n
    let length = 0
    let byte: number | undefined
    do {
      byte = bytes[at++]
      if (byte === undefined) return 'bad-length'
      zigzag |= BigInt(byte & 0x7f) << BigInt(7 * length++)
    } while (byte > 0x7f && length < 5)
    if (byte > 0x7f || zigzag >= 1n << 32n) return 'bad-value'
    integer = BigInt.asIntN(32, integer + (zigzag % 2n === 0n ? zigzag / 2n : -(zigzag + 1n) / 2n))
    const value = Math.fround(offset + Number(integer) * (1 / countsPerUnit))
    const missing = integer === -(2n ** 31n)
    const inRange = value >= min && value <= max
    values[i] = missing || !inRange ? NaN : value
    if (!missing && !inRange) outside++
  }
  return at === bytes.length ? { outside, values } : 'bad-length'
}

function varint(difference: number): number[] {
  let zigzag = ((difference << 1) ^ (difference >> 31)) >>> 0
  const bytes: number[] = []
  for (; zigzag > 0x7f; zigzag >>>= 7) bytes.push((zigzag & 0x7f) | 0x80)
  return [...bytes, zigzag]
}
const ecg: ValueScale = { countsPerUnit: 200, offset: 0, min: -20, max: 20 }

describe('readValues', () => {
  it('reads differences of one, two and five bytes in any order', () => {
    const counts = [1, 2, 3, 4, 100, 101, -3000, -2999, -2998, -2997, -2996, 3999, 0, 0, 0, 0, -1]
    const bytes = counts.flatMap((count, i) => varint(count - (counts[i - 1] ?? 0)))
    const values = Float32Array.from(counts, (count) => count / 200)
    expect(read(bytes, counts.length, ecg)).toEqual({ outside: 0, values })
  })

  it('takes both ends of the range and nothing beyond, one sample at a time and four', () => {
    const counts = [3998, 3999, 4000, 4001, 4000, 3999, 3998, 3997, -3999, -4000, -4001, -4000]
    const bytes = counts.flatMap((count, i) => varint(count - (counts[i - 1] ?? 0)))
    const values = Float32Array.from(counts, (count) => (Math.abs(count) > 4000 ? NaN : count / 200))
    expect(read(bytes, counts.length, ecg)).toEqual({ outside: 2, values })
  })

  it('says the same as the specification, whatever the bytes, the scale and the range are', () => {
    const difference = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -64, max: 63 }) },
      { weight: 2, arbitrary: fc.integer({ min: -9000, max: 9000 }) },
      { weight: 1, arbitrary: fc.integer() },
    )
    const payload = fc.oneof(
      { weight: 4, arbitrary: fc.array(difference, { maxLength: 60 }).map((all) => all.flatMap(varint)) },
      { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 60 }) },
      { weight: 3, arbitrary: fc.array(fc.constantFrom(0, 1, 0x0f, 0x10, 0x80, 0xff), { maxLength: 30 }) },
    )
    const float = fc.float({ noNaN: true, noDefaultInfinity: true })
    const scale: fc.Arbitrary<ValueScale> = fc.oneof(
      fc.constant(ecg),
      fc.record({
        countsPerUnit: fc.oneof(fc.constantFrom(0.01, 1, 100, 16_384), float.map(Math.abs)).filter((n) => n > 0),
        offset: fc.oneof(fc.constantFrom(0, 20, -5), float),
        min: fc.constantFrom(-1e7, -20, 0, 10),
        max: fc.constantFrom(20, 350, 1e7),
      }),
    )
    // As many samples as the bytes hold, or nearly so.
    const off = fc.constantFrom(0, 0, 0, 0, 1, -1, 5)
    const tally = new Map<string, number>()
    fc.assert(
      fc.property(payload, off, scale, fc.constantFrom(0, 0x7f, 0x80, 0xff), (bytes, difference, valueScale, stale) => {
        const count = Math.max(0, bytes.filter((byte) => byte < 0x80).length + difference)
        const wanted = expected(bytes, count, valueScale)
        expect(read(bytes, count, valueScale, stale)).toEqual(wanted)
        const kind = typeof wanted === 'string' ? wanted : 'read'
        tally.set(kind, (tally.get(kind) ?? 0) + 1)
      }),
      { numRuns: 3000 },
    )
    for (const kind of ['read', 'bad-length', 'bad-value']) expect(tally.get(kind), kind).toBeGreaterThan(10)
  })
})
