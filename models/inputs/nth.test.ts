import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nth } from './nth.ts'

it('property: is what sorting puts there', () => {
  const few = fc.integer({ min: -3, max: 3 })
  const value = fc.oneof(few, fc.double({ noNaN: true }))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 130 }), fc.nat(), (values, place) => {
      const n = place % values.length
      const sorted = Float64Array.from(values).sort()
      expect(nth(Float64Array.from(values), n) + 0).toBe(sorted[n]! + 0)
    }),
  )
})
