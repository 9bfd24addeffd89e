import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quantile } from '../training/measures.ts'
import { driftReference, driftReferenceSchema, scoreQuantiles } from './driftReference.ts'
import { pooledQuantiles, quantileShares } from './quantiles.ts'

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 })
const share = fc.integer({ min: 0, max: 40 }).map((n) => n / 40)

describe('pooledQuantiles', () => {
  test('of one person they are the usual ones', () => {
    fc.assert(
      fc.property(values, share, (own, q) => {
        expect(pooledQuantiles([own], [q])[0]).toBe(quantile(own, q))
      }),
    )
  })

  test('each person counts alike, however much is known of them', () => {
    const [much, little] = [new Array<number>(1000).fill(1), [5]]
    expect(pooledQuantiles([much, little, []], [0, 0.5, 0.51, 1])).toEqual([1, 1, 5, 5])
    fc.assert(
      fc.property(values, values, fc.array(share, { minLength: 1, maxLength: 9 }), (a, b, shares) => {
        const repeated = [...a, ...a, ...a]
        expect(pooledQuantiles([repeated, b], shares)).toEqual(pooledQuantiles([a, b], shares))
      }),
    )
  })

  test('they rise from the lowest value to the highest', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (persons) => {
        const quantiles = pooledQuantiles(persons, quantileShares)
        expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b))
        expect(quantiles[0]).toBe(Math.min(...persons.flat()))
        expect(quantiles.at(-1)).toBe(Math.max(...persons.flat()))
      }),
    )
  })
})

describe('driftReference', () => {
  const scaler = { mean: Float32Array.of(10, 10, 0, 7), scale: Float32Array.of(2, 2, 1, 1) }
  const segments = [
    { name: 'a', from: 0, to: 2 },
    { name: 'b', from: 2, to: 3 },
    { name: 'never measured', from: 3, to: 4 },
  ]

  test('holds the scores and the scaled levels of what was measured', () => {
    const windows = [Float32Array.of(12, 14, 1, NaN), Float32Array.of(NaN, 8, NaN, NaN)]
    const score = (window: Float32Array) => (Number.isNaN(window[2]!) ? undefined : { score: window[2]! })
    const reference = driftReference([windows, []], { scaler, segments, score }, 'by hand')
    expect(driftReferenceSchema.parse(reference)).toEqual(reference)
    const ends = (quantiles: number[]) => [quantiles[0], quantiles.at(-1)]
    expect(ends(reference.score)).toEqual([1, 1])
    expect(ends(reference.segments['a']!)).toEqual([-1, 1.5])
    expect(ends(reference.segments['b']!)).toEqual([1, 1])
    expect(Object.keys(reference.segments)).toEqual(['a', 'b'])
    expect([reference.persons, reference.windows]).toEqual([1, 2])
  })

  test('scoreQuantiles says of how many it is', () => {
    expect(scoreQuantiles([[1, 2], [], [3]], 'by hand')).toMatchObject({ persons: 2, windows: 3, how: 'by hand' })
  })
})
