import { describe, expect, it } from 'vitest'
import { RateLimit } from './rateLimit.ts'

describe('the rate limit', () => {
  it('allows so many at once, says when the next one may come, and fills up again within a minute', () => {
    let now = 0
    const limit = new RateLimit(6, () => now)
    expect(Array.from({ length: 7 }, () => limit.take('a'))).toEqual([0, 0, 0, 0, 0, 0, 10])
    expect(limit.take('b')).toBe(0)
    now = 9_000
    expect(limit.take('a')).toBe(1)
    now = 10_000
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 10])
    now = 1_000_000
    expect(Array.from({ length: 7 }, () => limit.take('a')).filter((wait) => wait === 0)).toHaveLength(6)
  })

  it('keeps no more names than it says', () => {
    const limit = new RateLimit(1, () => 0)
    expect([limit.take('first'), limit.take('first')]).toEqual([0, 60])
    for (let name = 0; name < 10_000; name += 1) limit.take(`n${name}`)
    expect(limit.take('first')).toBe(0)
  })
})
