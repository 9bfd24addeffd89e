import { describe, expect, it } from 'vitest'
import { tsbWindow } from './tsbWindow.ts'
import { volumeUnderSurface } from './vus.ts'

const labels = Uint8Array.from({ length: 200 }, (_, i) => (i >= 80 && i < 100 ? 1 : 0))
const scored = (of: (i: number) => number) => Float64Array.from(labels, (_, i) => of(i))

describe('the volume under the surface', () => {
  it('without tolerance is the area under the curves: 1 for a score that is the label, half for one that says nothing', () => {
    const perfect = volumeUnderSurface(
      labels,
      scored((i) => labels[i]!),
      0,
    )
    expect(perfect.vusRoc).toBeCloseTo(1, 6)
    expect(perfect.vusPr).toBeCloseTo(1, 6)
    expect(
      volumeUnderSurface(
        labels,
        scored(() => 1),
        0,
      ).vusRoc,
    ).toBeCloseTo(0.5, 6)
    const inverse = volumeUnderSurface(
      labels,
      scored((i) => -labels[i]!),
      0,
    )
    expect(inverse.vusRoc).toBeLessThan(0.01)
    expect(inverse.vusPr).toBeLessThan(0.11)
  })

  it('forgives a score that is near in proportion to the window', () => {
    const late = scored((i) => (i >= 85 && i < 105 ? 1 : 0))
    const strict = volumeUnderSurface(labels, late, 0).vusPr
    const lenient = volumeUnderSurface(labels, late, 40).vusPr
    expect(lenient).toBeGreaterThan(strict + 0.05)
    const far = scored((i) => (i >= 150 && i < 170 ? 1 : 0))
    expect(volumeUnderSurface(labels, far, 40).vusPr).toBeLessThan(0.2)
  })

  it('refuses scores that do not fit the labels, and labels of one kind', () => {
    expect(() => volumeUnderSurface(labels, [1], 10)).toThrow(RangeError)
    expect(() =>
      volumeUnderSurface(
        new Uint8Array(200),
        scored(() => 1),
        10,
      ),
    ).toThrow(RangeError)
    expect(() =>
      volumeUnderSurface(
        labels,
        scored((i) => (i === 3 ? NaN : 1)),
        10,
      ),
    ).toThrow(RangeError)
  })
})

describe('the window', () => {
  it('is the period, and 125 where nothing repeats', () => {
    expect(tsbWindow(Float64Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * i) / 50)))).toBe(50)
    expect(tsbWindow(Float64Array.from({ length: 4000 }, (_, i) => i))).toBe(125)
  })
})
