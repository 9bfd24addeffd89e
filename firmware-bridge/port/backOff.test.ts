import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BackOff } from './backOff.ts'

it('stays between 0.5 and 10 s whatever the jitter, and begins anew after a success', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 40 }), share, (shares, last) => {
      let at = 0
      const backOff = new BackOff(() => shares[at++] ?? last)
      const waits = shares.map(() => backOff.next())
      for (const wait of waits) expect(wait).toSatisfy((ms: number) => ms >= 500 && ms <= 10_000)
      backOff.reset()
      expect(backOff.next()).toBeLessThanOrEqual(1000)
    }),
  )
})

it('doubles', () => {
  const backOff = new BackOff(() => 0)
  expect(Array.from({ length: 6 }, () => backOff.next())).toEqual([500, 1000, 2000, 4000, 5000, 5000])
})
