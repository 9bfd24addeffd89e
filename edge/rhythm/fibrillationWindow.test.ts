import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { artificialEcg, regularBeats } from '../../models/inputs/artificialEcg.ts'
import { FibrillationWindow, looksLikeFibrillation, type FibrillationWindowSnapshot } from './fibrillationWindow.ts'

const rateHz = 250

/** A sine whose rate and height wander, mV. */
function waves(hz: number, millivolts: number, seconds = 20, rate = rateHz): Float32Array {
  let phase = 0
  return Float32Array.from({ length: seconds * rate }, (_, i) => {
    const at = i / rate
    phase += (2 * Math.PI * (hz + 0.4 * Math.sin(1.3 * at))) / rate
    const height = (millivolts / 2) * (1 + 0.4 * Math.sin(2.1 * at))
    return height * (Math.sin(phase) + 0.4 * Math.sin(1.4 * phase + 1))
  })
}

const looks = (values: Float32Array, rate = rateHz) => new FibrillationWindow(rate).push(values)
const shareAlike = (values: Float32Array, rate = rateHz): number => {
  const all = looks(values, rate)
  return all.filter(looksLikeFibrillation).length / all.length
}

describe('a window of the ECG', () => {
  it.each([100, 128, 250, 360, 512, 1000])(
    'at %i Hz tells fibrillation from beats, once a second from 4 s on',
    (rate) => {
      for (const hz of [3.5, 5, 7]) expect(shareAlike(waves(hz, 0.6, 20, rate), rate)).toBe(1)
      expect(looks(waves(5, 0.6, 20, rate), rate)).toHaveLength(17)
      for (const rr of [1.2, 0.8, 0.45])
        expect(shareAlike(artificialEcg(rate, 20, regularBeats(20, rr), 0.05), rate), `RR ${rr} s`).toBe(0)
    },
  )

  it('measures rate and height of the waves', () => {
    const [look] = looks(waves(5, 0.6))
    expect(look!.hz).toBeGreaterThan(4)
    expect(look!.hz).toBeLessThan(7)
    expect(look!.millivolts).toBeGreaterThan(0.5)
    expect(look!.millivolts).toBeLessThan(1.2)
  })

  it('is none of a flat line, of slow or faint waves, or of noise', () => {
    expect(shareAlike(new Float32Array(20 * rateHz))).toBe(0)
    expect(shareAlike(waves(1.8, 0.8))).toBe(0)
    expect(shareAlike(waves(5, 0.03))).toBe(0)
    expect(shareAlike(artificialEcg(rateHz, 20, [], 0.5))).toBe(0)
  })

  it('begins anew after a hole above 40 ms, and holds over a shorter one', () => {
    const holed = (samples: number): Float32Array => waves(5, 0.6).fill(NaN, 10 * rateHz, 10 * rateHz + samples)
    expect(looks(holed(5))).toHaveLength(17)
    const ends = looks(holed(30)).map(({ samples }) => samples / rateHz)
    expect(ends.filter((at) => at > 10 && at < 14)).toEqual([])
    expect(ends.at(-1)).toBeGreaterThan(19)
  })

  it('property: cut into any blocks, and moved through JSON, it says the same', () => {
    const values = waves(5, 0.6, 8)
    const whole = JSON.stringify(looks(values))
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: values.length - 1 }), { maxLength: 8 }), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), values.length]
        let window = new FibrillationWindow(rateHz)
        const all = borders.slice(1).flatMap((end, i) => {
          window = FibrillationWindow.restore(
            JSON.parse(JSON.stringify(window.snapshot())) as FibrillationWindowSnapshot,
          )
          return window.push(values.subarray(borders[i], end))
        })
        expect(JSON.stringify(all)).toBe(whole)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses a snapshot of another length', () => {
    const saved = new FibrillationWindow(rateHz).snapshot()
    expect(() => FibrillationWindow.restore({ ...saved, ring: '' })).toThrow('ring: expected 1000 bytes, received 0')
  })
})
