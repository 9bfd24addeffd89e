import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RunningMedian } from './runningMedian.ts'

it('property: is the median of the last values, bit for bit', () => {
  const few = fc.integer({ min: -2, max: 2 })
  const value = fc.oneof(few, fc.double(), fc.constantFrom(NaN, -0, Infinity, -Infinity))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(value, { minLength: 1, maxLength: 60 }), (size, values) => {
      let running = new RunningMedian(size)
      values.forEach((pushed, i) => {
        if (i === 20) {
          const moved = new RunningMedian(size)
          moved.restore(running.snapshot())
          running = moved
        }
        running.push(pushed)
        const sorted = Float64Array.from(values.slice(Math.max(0, i + 1 - size), i + 1)).sort()
        const middle = sorted.length >> 1
        const median = sorted.length & 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
        expect(Object.is(running.value, median)).toBe(true)
      })
    }),
  )
})
