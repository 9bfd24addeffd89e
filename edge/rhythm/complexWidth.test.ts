import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { widthAgainst } from './complexWidth.ts'

/** A complex of one wave up and one down, 32 points, as wide as it says. */
const complex = (width: number, height = 1, offset = 0): number[] =>
  Array.from({ length: 32 }, (_, i) => {
    const x = (i - 12) / width
    return offset + height * (1 - x * x) * Math.exp(-(x * x) / 2)
  })

describe('the width of a complex', () => {
  it('is told against the usual one', () => {
    expect(widthAgainst(complex(2), complex(3))).toBe('narrower')
    expect(widthAgainst(complex(3), complex(3))).toBe('alike')
    expect(widthAgainst(complex(4), complex(3))).toBe('wider')
  })

  it('property: neither height, sign nor offset decides', () => {
    const any = fc.record({
      // Between these it depends on where the points lie.
      width: fc.oneof(
        ...[
          [1.5, 1.8],
          [2.7, 3.2],
          [4, 5],
        ].map(([min, max]) => fc.double({ min: min!, max: max!, noNaN: true })),
      ),
      height: fc.double({ min: 0.1, max: 5, noNaN: true }),
      sign: fc.constantFrom(-1, 1),
      offset: fc.double({ min: -2, max: 2, noNaN: true }),
    })
    fc.assert(
      fc.property(any, ({ width, height, sign, offset }) => {
        const expected = width < 2 ? 'narrower' : width > 3.5 ? 'wider' : 'alike'
        expect(widthAgainst(complex(width, sign * height, offset), complex(3))).toBe(expected)
      }),
    )
  })

  it('is not known of a line, nor beside one', () => {
    expect(widthAgainst(complex(2), complex(2, 0))).toBe('alike')
    expect(widthAgainst(complex(2, 0), complex(2))).toBe('alike')
  })
})
