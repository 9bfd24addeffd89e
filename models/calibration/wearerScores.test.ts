import { describe, expect, it } from 'vitest'
import { blocksOf } from './wearerScores.ts'

const minutes = (at: readonly number[]) => ({
  at: Float64Array.from(at, (minute) => minute * 60e6),
  score: new Float64Array(at.length),
})
const upTo = (n: number, from = 0) => Array.from({ length: n + 1 }, (_, i) => from + i)

describe('blocks', () => {
  it('last at least an hour each; the rest belongs to the last', () => {
    const blocks = blocksOf(minutes(upTo(150)), 3600)
    expect(blocks.map(({ from, to }) => [from, to])).toEqual([
      [0, 61],
      [61, 151],
    ])
    expect(blocks.reduce((sum, { days }) => sum + days, 0) * 1440).toBeCloseTo(150)
  })

  it('do not count what was not scored', () => {
    const gap = [...upTo(30), ...upTo(30, 1000)]
    expect(blocksOf(minutes(gap), 3600)).toHaveLength(1)
    expect(blocksOf(minutes(gap), 3600)[0]!.days * 1440).toBeCloseTo(60)
  })

  it('are none where there is less than an hour', () => {
    expect(blocksOf(minutes([]), 3600)).toEqual([])
    expect(blocksOf(minutes(upTo(59)), 3600)).toEqual([])
  })
})
