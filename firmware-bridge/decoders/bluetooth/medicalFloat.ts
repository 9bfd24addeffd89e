import type { NoReadingCause } from '../../records.ts'

/**
 * The special values of IEEE 11073-20601, annex F: exponent 0 and a mantissa that no number has. With another exponent
 * the same mantissa is a number.
 */
const specials = new Map<number, NoReadingCause>([
  [0x7ff, 'invalid'],
  [0x7fe, 'over-range'],
  [0x800, 'not-at-this-resolution'],
  [0x801, 'reserved'],
  [0x802, 'under-range'],
])
const longSpecials = new Map<number, NoReadingCause>([
  [0x7fffff, 'invalid'],
  [0x7ffffe, 'over-range'],
  [0x800000, 'not-at-this-resolution'],
  [0x800001, 'reserved'],
  [0x800002, 'under-range'],
])

/** The SFLOAT at `at`, little endian: a signed exponent of ten in the upper 4 bits, a signed mantissa in the lower 12. */
export function readSfloat(view: DataView, at: number): number | NoReadingCause {
  const bits = view.getUint16(at, true)
  return specials.get(bits) ?? decimal((bits << 20) >> 20, (bits << 16) >> 28)
}

/** The FLOAT at `at`, little endian: a signed exponent of ten in the upper 8 bits, a signed mantissa in the lower 24. */
export function readFloat(view: DataView, at: number): number | NoReadingCause {
  const bits = view.getUint32(at, true)
  return longSpecials.get(bits) ?? decimal((bits << 8) >> 8, bits >> 24)
}

/** Divides by a power of ten rather than multiplying by its inverse, which is not exact: 366 · 10^-1 is 36.6. */
const decimal = (mantissa: number, exponent: number): number =>
  exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent
