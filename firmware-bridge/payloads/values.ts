import { maxCount, missingCount } from '../quantisation.ts'
import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'

/** How the integers of a record become values, and which values can be. */
export interface ValueScale {
  /** Above 0. */
  countsPerUnit: number
  /** Value of integer 0. */
  offset: number
  min: number
  max: number
}

/** A difference of one byte is between -64 and 63: three of them go no further. */
const reachOfThree = 192

/**
 * Reads as many zigzag-coded differences as `values` is long from `view` at `from`, and writes `fround(offset +
 * integer · (1 / countsPerUnit))`, or NaN where a sample is missing or its value outside the range. Returns how many
 * were outside, or a refusal where the varints do not end at `end`. Behind `end` the view must go on for as many bytes
 * as there are values and eight, whatever stands there.
 *
 * Differences of one byte are taken four at a time, and those of two without a branch on their length, which in a
 * mixture of both could not be predicted.
 */
export function readValues(
  view: DataView,
  from: number,
  end: number,
  values: Float32Array,
  scale: ValueScale,
): number | Refusal {
  const { countsPerUnit, offset, min, max } = scale
  const step = 1 / countsPerUnit
  const count = values.length
  const { first, last } = surelyInRange(scale)
  const firstOfFour = first + reachOfThree
  const lastOfFour = last - reachOfThree
  const begin = from
  let integer = 0
  let outside = 0
  let i = 0
  while (i < count) {
    let word = view.getInt32(from, true)
    while ((word & 0x80808080) === 0 && i <= count - 4) {
      // The sign of each byte is in its lowest bit: all four are unfolded at once.
      const deltas = ((word >>> 1) & 0x3f3f3f3f) ^ Math.imul(word & 0x01010101, 0xff)
      const a = (integer + ((deltas << 24) >> 24)) | 0
      if (a < firstOfFour || a > lastOfFour) break
      const b = (a + ((deltas << 16) >> 24)) | 0
      const c = (b + ((deltas << 8) >> 24)) | 0
      integer = (c + (deltas >> 24)) | 0
      values[i] = offset + step * a
      values[i + 1] = offset + step * b
      values[i + 2] = offset + step * c
      values[i + 3] = offset + step * integer
      i += 4
      from += 4
      word = view.getInt32(from, true)
    }
    if (i === count) break
    let zigzag: number
    if ((word & 0x8080) !== 0x8080) {
      const second = (word >>> 7) & 1
      zigzag = (word & 0x7f) | ((word >>> 1) & 0x3f80 & -second)
      from += 1 + second
    } else {
      zigzag = (word & 0x7f) | ((word >>> 1) & 0x3f80)
      from += 2
      let shift = 14
      let byte: number
      do {
        byte = view.getUint8(from++)
        zigzag |= (byte & 0x7f) << shift
        shift += 7
      } while (byte > 0x7f && shift < 35)
      // What lies beyond `end` is not the record's: it must not decide how the record is refused.
      if (from > end) break
      if (shift === 35 && byte > 0x0f)
        return refuse('bad-value', `samples.values[${i}]: expected a varint of at most 32 bits, received a longer one`)
    }
    integer = (integer + fromZigzag(zigzag)) | 0
    if (integer >= first && integer <= last) values[i] = offset + step * integer
    else {
      const value = Math.fround(offset + step * integer)
      const inRange = value >= min && value <= max
      values[i] = inRange && integer !== missingCount ? value : NaN
      if (!inRange && integer !== missingCount) outside++
    }
    i++
  }
  return from === end
    ? outside
    : refuse('bad-length', `samples.values: ${count} values do not end where the ${end - begin} bytes of them do`)
}

/** The sign is in bit 0. */
const fromZigzag = (zigzag: number): number => (zigzag >>> 1) ^ -(zigzag & 1)

/**
 * Integers whose values are in range and not missing for certain, so that they need not be looked at one by one. One
 * count less at either end is more than the rounding of 64-bit floats can move within 32 bits of counts; the bounds
 * are exact in 32-bit floats, so that the last rounding does not pass them. `first > last`: none.
 */
function surelyInRange({ countsPerUnit, offset, min, max }: ValueScale): { first: number; last: number } {
  return {
    first: Math.max(Math.ceil((min - offset) * countsPerUnit) + 1, -maxCount),
    last: Math.min(Math.floor((max - offset) * countsPerUnit) - 1, maxCount),
  }
}
