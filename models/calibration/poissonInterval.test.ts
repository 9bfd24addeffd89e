import { expect, it } from 'vitest'
import { poissonInterval } from './poissonInterval.ts'

// Garwood's exact limits as printed in tables, such as Ulm, Am J Epidemiol 131:373-375, 1990: χ²(0.025, 2n)/2, χ²(0.975, 2n+2)/2.
it.each([
  [0, 0, 3.689],
  [1, 0.0253, 5.572],
  [10, 4.795, 18.39],
  [100, 81.36, 121.63],
])('a count of %i has a 95 %% interval of %f to %f', (count, low, high) => {
  const interval = poissonInterval(count, 0.95)
  expect(interval.low).toBeCloseTo(low, 2)
  expect(interval.high).toBeCloseTo(high, 2)
})
