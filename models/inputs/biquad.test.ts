import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BiquadCascade, butterworthSections } from './biquad.ts'
import { createEcgFilter } from './ecgFilter.ts'
import { cosine, sine } from './trigonometry.ts'

const rates = fc.integer({ min: 100, max: 1000 })

describe('BiquadCascade', () => {
  test('a Butterworth filter is 3 dB down at its corner, at any rate', () => {
    fc.assert(
      fc.property(rates, fc.constantFrom('high-pass' as const, 'low-pass' as const), (rateHz, kind) => {
        for (const order of [2, 4] as const) {
          const filter = new BiquadCascade(butterworthSections(kind, order, 20, rateHz))
          expect(filter.gain(20, rateHz)).toBeCloseTo(Math.SQRT1_2, 6)
        }
      }),
    )
  })

  test('the gain it states is the gain it has', () => {
    const filter = createEcgFilter(250)
    const [stated, seconds, hz] = [filter.gain(25, 250), 20, 25]
    let power = 0
    for (let i = 0; i < seconds * 250; i++) {
      const y = filter.step(Math.sin((2 * Math.PI * hz * i) / 250))
      if (i >= (seconds / 2) * 250) power += y * y
    }
    expect(Math.sqrt((2 * power) / ((seconds / 2) * 250))).toBeCloseTo(stated, 4)
  })

  test('the delay it states is the delay of a slow envelope', () => {
    const rateHz = 500
    const filter = new BiquadCascade(butterworthSections('low-pass', 4, 40, rateHz))
    // A 12 Hz tone under a Gaussian of 0.5 s comes out delayed by the group delay at 12 Hz.
    let [weighted, total] = [0, 0]
    for (let i = 0; i < 4 * rateHz; i++) {
      const t = i / rateHz - 2
      const y = filter.step(Math.exp((-t * t) / 0.5) * Math.cos(2 * Math.PI * 12 * t))
      weighted += y * y * t
      total += y * y
    }
    expect(weighted / total).toBeCloseTo(filter.delaySeconds(12, rateHz), 4)
  })

  test('a settled filter starts without a step', () => {
    fc.assert(
      fc.property(rates, fc.double({ min: -5, max: 5, noNaN: true }), (rateHz, level) => {
        const filter = createEcgFilter(rateHz)
        filter.settle(level)
        for (let i = 0; i < 50; i++) expect(Math.abs(filter.step(level))).toBeLessThan(1e-9)
      }),
    )
  })

  test('the ECG filter takes out wander and mains and leaves the QRS band', () => {
    const filter = createEcgFilter(360)
    expect(filter.gain(0.05, 360)).toBeLessThan(0.02)
    expect(filter.gain(60, 360)).toBeLessThan(0.2)
    for (const hz of [2, 10, 20]) expect(filter.gain(hz, 360)).toBeGreaterThan(0.97)
  })

  test('a rate or corner out of range is refused with what was expected', () => {
    expect(() => createEcgFilter(50)).toThrow('expected 100 to 1000, received 50')
    expect(() => createEcgFilter(NaN)).toThrow('received NaN')
    expect(() => butterworthSections('low-pass', 2, 60, 100)).toThrow('expected between 0 and 50 Hz, received 60 Hz')
  })

  test('the power series agree with the sine and cosine of the engine', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: Math.PI, noNaN: true }), (x) => {
        expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(1e-14)
        expect(Math.abs(cosine(x) - Math.cos(x))).toBeLessThan(1e-14)
      }),
    )
  })
})
