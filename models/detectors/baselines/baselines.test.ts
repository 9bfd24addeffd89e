import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom, smoothNoise } from '../../training/random.ts'
import { nearestNormal } from './nearestNormal.ts'
import { fitPca, pca } from './pca.ts'
import { solvePositive } from './solvePositive.ts'
import { symmetricEigen } from './symmetricEigen.ts'
import { fitRobustScaler } from './zScore.ts'

const seeds = fc.integer({ min: 0, max: 1e6 })
const sizes = fc.integer({ min: 1, max: 12 })

function symmetric(seed: number, size: number): Float64Array {
  const random = seededRandom(seed)
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = smoothNoise(random)
  return matrix
}

describe('symmetricEigen', () => {
  test('vectors are orthonormal and fulfil the definition; values descend', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, size) => {
        const matrix = symmetric(seed, size)
        const { values, vectors } = symmetricEigen(matrix.slice(), size)
        const vector = (k: number) => vectors.subarray(k * size, (k + 1) * size)
        for (let k = 0; k < size; k++) {
          if (k > 0) expect(values[k]!).toBeLessThanOrEqual(values[k - 1]!)
          for (let l = 0; l < size; l++) expect(dot(vector(k), vector(l))).toBeCloseTo(k === l ? 1 : 0, 9)
          for (let i = 0; i < size; i++) {
            expect(dot(matrix.subarray(i * size, (i + 1) * size), vector(k))).toBeCloseTo(values[k]! * vector(k)[i]!, 9)
          }
        }
      }),
    )
  })
})

test('solvePositive solves what it is given', () => {
  fc.assert(
    fc.property(seeds, sizes, (seed, size) => {
      const half = symmetric(seed, size)
      const matrix = new Float64Array(size * size)
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          matrix[i * size + j] =
            dot(half.subarray(i * size, (i + 1) * size), half.subarray(j * size, (j + 1) * size)) + (i === j ? 1 : 0)
        }
      }
      const x = Float64Array.from({ length: size }, (_, i) => i - 2)
      const right = x.map((_, i) => dot(matrix.subarray(i * size, (i + 1) * size), x))
      solvePositive(matrix, right)
      right.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 8))
    }),
  )
})

describe('PCA', () => {
  const line = [-2, -1, 0, 1, 2].map((t) => Float32Array.of(1 + 3 * t, 2 + 4 * t, 5))

  test('points on a line have one component, along it, with their variance', () => {
    const { components, parameters } = fitPca(line, { share: 0.99, most: 3 })
    expect(components).toBe(1)
    // Mean (1, 2, 5); component (0.6, 0.8, 0); variance of t is 10/4, times 25.
    ;[1, 2, 5, 0.6, 0.8, 0, 62.5].forEach((value, i) => expect(parameters[i]!).toBeCloseTo(value, 5))
    const out = new Float32Array(3)
    pca(parameters, components, 3).reconstruct(Float32Array.of(1 + 4, 2 - 3, 6), out)
    ;[1, 2, 5].forEach((value, i) => expect(out[i]!).toBeCloseTo(value, 4))
  })

  test('a missing value is made up for by the others, and what stands in its place is not looked at', () => {
    const { components, parameters } = fitPca(line, { share: 0.99, most: 3 })
    for (const inItsPlace of [0, 1e6]) {
      const out = new Float32Array(3)
      pca(parameters, components, 3).reconstruct(Float32Array.of(7, inItsPlace, 5), out, Uint8Array.of(0, 1, 0))
      ;[7, 10, 5].forEach((value, i) => expect(out[i]!).toBeCloseTo(value, 3))
    }
  })

  test('with all measured the two ways agree but for the shrinking by the noise', () => {
    const random = seededRandom(1)
    const rows = Array.from({ length: 200 }, () => {
      const [a, b] = [smoothNoise(random), smoothNoise(random)]
      return Float32Array.from([a, b, a + b, a - b, 2 * a], (value) => value + 0.01 * smoothNoise(random))
    })
    const { components, parameters } = fitPca(rows, { share: 0.99, most: 4 })
    const model = pca(parameters, components, 5)
    const [plain, masked] = [new Float32Array(5), new Float32Array(5)]
    model.reconstruct(rows[0]!, plain)
    model.reconstruct(rows[0]!, masked, new Uint8Array(5))
    expect(components).toBe(2)
    plain.forEach((value, i) => expect(masked[i]!).toBeCloseTo(value, 3))
  })

  test('too few windows, or windows that are all alike, are refused', () => {
    expect(() => fitPca(line.slice(0, 2), { share: 0.9, most: 3 })).toThrow('expected at least 3 for PCA, received 2')
    const alike = line.map(() => Float32Array.of(1, 2, 3))
    expect(() => fitPca(alike, { share: 0.9, most: 3 })).toThrow('received all alike')
  })
})

describe('nearest normal window', () => {
  const learnt = Float32Array.of(0, 0, 0, /**/ 1, 2, 3, /**/ 9, 9, 0)

  test('it is the nearest by what was measured, whatever stands in place of the rest', () => {
    const model = nearestNormal(learnt, 3, 'as measured')
    const out = new Float32Array(3)
    model.reconstruct(Float32Array.of(1, 1, 3), out)
    expect([...out]).toEqual([1, 2, 3])
    // By all three values it would be (1, 2, 3) again.
    model.reconstruct(Float32Array.of(8, 0, 0), out, Uint8Array.of(0, 1, 1))
    expect([...out]).toEqual([9, 9, 0])
  })

  test('of two equally near the first, and without one the next', () => {
    const twice = nearestNormal(Float32Array.of(1, 1, 1, 1, 5, 5), 2, 'as measured')
    const out = new Float32Array(2)
    twice.without!(0).reconstruct(Float32Array.of(1, 1), out)
    expect([...out]).toEqual([1, 1])
    const once = nearestNormal(Float32Array.of(1, 1, 5, 5), 2, 'as measured')
    once.without!(0).reconstruct(Float32Array.of(1, 1), out)
    expect([...out]).toEqual([5, 5])
  })

  test('as shapes, level and height do not count as far as they were learnt', () => {
    const shapes = Float32Array.of(0, 2, 0, 2, /**/ 10, 14, 14, 10)
    const model = nearestNormal(shapes, 4, 'z-normalised')
    const out = new Float32Array(4)
    // The second's shape at the level and spread of the window, which lie between those learnt.
    model.reconstruct(Float32Array.of(3.5, 6.5, 6.5, 3.5), out)
    ;[3.5, 6.5, 6.5, 3.5].forEach((value, i) => expect(out[i]!).toBeCloseTo(value, 5))
    // A flat line is not a shape of no height: the least learnt is 1.
    model.reconstruct(Float32Array.of(5, 5, 5, 5), out)
    expect(Math.max(...out) - Math.min(...out)).toBeCloseTo(2, 5)
  })
})

describe('the robust scaler', () => {
  test('median and 1.4826 times the median absolute deviation; a wild value moves neither', () => {
    const rows = [1, 2, 3, 4, 1000].map((value) => Float32Array.of(value))
    const { mean, scale } = fitRobustScaler(rows)
    expect(mean[0]).toBe(3)
    expect(scale[0]).toBeCloseTo(1.4826, 4)
  })

  test('missing values are left out, and what never changes has some scale', () => {
    const rows = [1, 2, 3].map((value) => Float32Array.of(value, value === 2 ? NaN : 10, NaN))
    const { mean, scale } = fitRobustScaler(rows)
    expect([...mean]).toEqual([2, 10, 0])
    expect(scale[1]).toBeCloseTo(0.05 * 1.4826, 4)
    expect(scale[2]).toBeGreaterThan(0)
    expect([...fitRobustScaler([Float32Array.of(1)]).scale]).toEqual([1])
  })
})

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
