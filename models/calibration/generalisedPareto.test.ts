import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exceedance, excessOf, fitGeneralisedPareto } from './generalisedPareto.ts'

const shapes = fc.record({
  xi: fc.double({ min: -0.4, max: 0.4, noNaN: true }),
  sigma: fc.double({ min: 0.1, max: 10, noNaN: true }),
})

describe('generalised Pareto tail', () => {
  it('is found again from its own quantiles', () => {
    fc.assert(
      fc.property(shapes, (tail) => {
        const n = 2000
        const fitted = fitGeneralisedPareto(Array.from({ length: n }, (_, i) => excessOf(tail, (i + 0.5) / n)))!
        expect(Math.abs(fitted.xi - tail.xi)).toBeLessThan(0.03)
        expect(Math.abs(fitted.sigma / tail.sigma - 1)).toBeLessThan(0.03)
      }),
      { numRuns: 30 },
    )
  })

  it('has as its share above an excess what the excess was made from', () => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 1e-6, max: 1, noNaN: true }), (tail, share) => {
        expect(exceedance(tail, excessOf(tail, share))).toBeCloseTo(share, 8)
      }),
    )
  })

  it('does not end before the highest excess', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 10, noNaN: true }), { minLength: 2, maxLength: 40 }),
        (excesses) => {
          const fitted = fitGeneralisedPareto(excesses)
          if (fitted === undefined) return
          expect(fitted.sigma).toBeGreaterThan(0)
          expect(exceedance(fitted, Math.max(...excesses))).toBeGreaterThan(0)
        },
      ),
    )
  })

  it('is none where all excesses are the same, or there is one', () => {
    expect(fitGeneralisedPareto([])).toBeUndefined()
    expect(fitGeneralisedPareto([2])).toBeUndefined()
    expect(fitGeneralisedPareto([2, 2, 2])).toBeUndefined()
  })

  it('is the exponential at shape 0', () => {
    expect(exceedance({ xi: 0, sigma: 2 }, 2)).toBeCloseTo(Math.exp(-1), 12)
    expect(excessOf({ xi: 0, sigma: 2 }, Math.exp(-1))).toBeCloseTo(2, 12)
  })
})
