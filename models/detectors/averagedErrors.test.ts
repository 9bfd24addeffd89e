import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reconstructor } from '../engine/network.ts'
import { averagingErrors } from './averagedErrors.ts'

/** Expects the same window whatever comes. */
const always = (...values: number[]): Reconstructor => ({
  length: values.length,
  reconstruct(_window, out) {
    out.set(values)
  },
})

function errors(model: Reconstructor, window: Float32Array, missing?: Uint8Array): number[] {
  const out = new Float32Array(window.length)
  model.reconstruct(window, out, missing)
  return Array.from(out, (value, i) => window[i]! - value)
}

describe('averaged errors', () => {
  test('are means over neighbours, fewer at the ends, and never across channels', () => {
    const model = always(0, 0, 0, 0, 0, 0)
    const window = Float32Array.of(3, 6, 9, 30, 60, 90)
    expect(errors(averagingErrors(model, { points: 3, channels: 1 }), window)).toEqual([4.5, 6, 15, 33, 60, 75])
    expect(errors(averagingErrors(model, { points: 3, channels: 2 }), window)).toEqual([4.5, 6, 7.5, 45, 60, 75])
  })

  test('a peak one point early counts less, a peak too many does not', () => {
    const model = averagingErrors(always(0, 0, 1, 0, 0, 0), { points: 3, channels: 1 })
    const sum = (window: Float32Array) => errors(model, window).reduce((total, error) => total + error ** 2, 0)
    const [early, twice] = [Float32Array.of(0, 1, 0, 0, 0, 0), Float32Array.of(0, 0, 1, 0, 1, 0)]
    expect(sum(early) / 2).toBeLessThan(sum(twice))
  })

  test('a missing point is nobody’s neighbour, and the model’s own expectation stays in its place', () => {
    const model = averagingErrors(always(1, 1, 1), { points: 3, channels: 1 })
    const out = new Float32Array(3)
    model.reconstruct(Float32Array.of(3, 0, 7), out, Uint8Array.of(0, 1, 0))
    expect([...out]).toEqual([1, 1, 1])
  })

  test('over one point are the errors themselves; the window is not changed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 12 }), (values) => {
        const window = Float32Array.from(values)
        const model = always(...values.map((value) => value - 2))
        expect(errors(averagingErrors(model, { points: 1, channels: 1 }), window)).toEqual(values.map(() => 2))
        expect([...window]).toEqual(values)
      }),
    )
  })
})
