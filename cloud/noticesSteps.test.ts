import { expect, it } from 'vitest'
import { noticesSteps } from './noticesSteps.ts'

it('tells each step of a clock once, before it gives the time, and nothing of a slow one', () => {
  let [steady, ahead] = [0, 0]
  const told: number[] = []
  const now = noticesSteps(
    () => 1000 + steady + ahead,
    () => steady,
    (byMs) => told.push(byMs),
  )
  for (; steady < 100_000; steady += 1000) {
    ahead += 5
    if (steady === 30_000) ahead += 3_600_000
    if (steady === 60_000) ahead -= 7_200_000
    expect(now()).toBe(1000 + steady + ahead)
    now()
  }
  expect(told).toEqual([3_600_005, -7_199_995])
})

it('is the clock itself where there is no steady one', () => {
  const now = () => 7
  expect(noticesSteps(now, undefined, () => expect.fail('no step can be seen'))).toBe(now)
})
