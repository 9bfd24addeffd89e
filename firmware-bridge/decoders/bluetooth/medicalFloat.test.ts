import { describe, expect, it } from 'vitest'
import { readFloat, readSfloat } from './medicalFloat.ts'

const sfloat = (bits: number) => {
  const view = new DataView(new ArrayBuffer(3))
  view.setUint16(1, bits, true)
  return readSfloat(view, 1)
}
const float = (bits: number) => {
  const view = new DataView(new ArrayBuffer(5))
  view.setUint32(1, bits, true)
  return readFloat(view, 1)
}

describe('numbers of IEEE 11073-20601', () => {
  // The table of the HL7 Personal Health Device guide (HL7/phd, MderFLOATsandSFLOATs.md).
  it.each<[number, number, number]>([
    [0x0002, 0x00000002, 2],
    [0xf014, 0xff000014, 2],
    [0xe0c8, 0xfe0000c8, 2],
    [0x1002, 0x01000002, 20],
    [0x2002, 0x02000002, 200],
    [0x00c8, 0x000000c8, 200],
    [0x04d2, 0x000004d2, 1234],
    [0x0b2e, 0x00fffb2e, -1234],
  ])('SFLOAT %i and FLOAT %i are %d', (short, long, value) => {
    expect(sfloat(short)).toBe(value)
    expect(float(long)).toBe(value)
  })

  // weliem/blessed-kotlin, ByteArrayExtenstionsTest.kt
  it.each<[number, number]>([
    [0xfe01, -51.1],
    [0x02ff, 767],
    [0xf870, -193.6],
    [0xf070, 11.2],
  ])('SFLOAT %i is %d', (bits, value) => expect(sfloat(bits)).toBe(value))

  // The same, and 21.16 °C as a Freetec PX-1737 advertises it (Stack Overflow 25713995).
  it.each<[number, number]>([
    [0xff00016c, 36.4],
    [0xfc03fe01, 26.1633],
    [0xfe000844, 21.16],
  ])('FLOAT %i is %d', (bits, value) => expect(float(bits)).toBe(value))

  // The same guide, "Special FLOAT and SFLOAT Values".
  it.each([
    [0x07ff, 0x007fffff, 'invalid'],
    [0x07fe, 0x007ffffe, 'over-range'],
    [0x0802, 0x00800002, 'under-range'],
    [0x0800, 0x00800000, 'not-at-this-resolution'],
    [0x0801, 0x00800001, 'reserved'],
  ])('SFLOAT %i and FLOAT %i are no numbers: %s', (short, long, cause) => {
    expect(sfloat(short)).toBe(cause)
    expect(float(long)).toBe(cause)
  })

  it('are special at exponent 0 only', () => {
    expect(sfloat(0xf7ff)).toBe(204.7)
    expect(float(0xff7fffff)).toBe(838860.7)
  })

  it('are finite at every exponent', () => {
    const every = Array.from({ length: 0x10000 }, (_, bits) => sfloat(bits))
    expect(every.filter((value) => typeof value === 'string')).toHaveLength(5)
    expect(every.every((value) => typeof value === 'string' || Math.abs(value) <= 2048e7)).toBe(true)
    const largest = Array.from({ length: 0x100 }, (_, exponent) => float(exponent * 0x1000000 + 0x7ffffd))
    expect(largest.every(Number.isFinite)).toBe(true)
  })
})
