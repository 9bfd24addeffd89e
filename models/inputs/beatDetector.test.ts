import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { artificialEcg, regularBeats } from './artificialEcg.ts'
import { BeatDetector } from './beatDetector.ts'
import { createEcgFilter } from './ecgFilter.ts'

const rateHz = 250

/** Sample at which each beat was found, and how many samples later it was told. */
function detect(ecg: Float32Array, rate = rateHz): { at: number; lag: number }[] {
  const [filter, detector] = [createEcgFilter(rate), new BeatDetector(rate)]
  filter.settle(ecg[0]!)
  const all: { at: number; lag: number }[] = []
  const found: number[] = []
  ecg.forEach((value, now) => {
    detector.step(filter.step(value), found)
    for (const at of found.splice(0)) all.push({ at, lag: now - at })
  })
  return all
}

describe('BeatDetector', () => {
  test('beats are told at most 0.4 s behind, once the first two seconds are learnt', () => {
    for (const rate of [100, 250, 500, 1000]) {
      const late = detect(artificialEcg(rate, 40, regularBeats(40), 0.02), rate).filter(({ at }) => at > 3 * rate)
      expect(late.length).toBeGreaterThan(40)
      for (const { lag } of late) expect(lag / rate).toBeLessThan(0.4)
    }
  })

  test('it finds the beats of any regular rhythm from 40 to 180 a minute, neither P nor T wave counted', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 60 / 180, max: 1.5, noNaN: true }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (rr, gain) => {
          const beats = regularBeats(30, rr)
          const found = detect(artificialEcg(rateHz, 30, beats, 0.01).map((value) => gain * value))
          expect(found.length).toBe(beats.length)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('a single great artefact does not deafen it', () => {
    const beats = regularBeats(40)
    const ecg = artificialEcg(rateHz, 40, beats, 0.01)
    for (let i = 0; i < 10; i++) ecg[15 * rateHz + i] = 15
    const found = detect(ecg).filter(({ at }) => at > 17.5 * rateHz)
    expect(found.length).toBe(beats.filter((at) => at > 17.5).length)
  })

  test('when the amplitude falls to a quarter, beats are found again within some seconds', () => {
    const beats = regularBeats(40)
    const ecg = artificialEcg(rateHz, 40, beats, 0.005).map((value, i) => (i > 20 * rateHz ? value / 4 : value))
    const found = detect(ecg).filter(({ at }) => at > 27 * rateHz)
    expect(Math.abs(found.length - beats.filter((at) => at > 27).length)).toBeLessThanOrEqual(1)
  })

  test('a flat line has no beats', () => {
    expect(detect(new Float32Array(60 * rateHz).fill(0.3))).toEqual([])
    expect(detect(artificialEcg(rateHz, 60, [], 0.002))).toEqual([])
  })

  test('after a reset in the midst of a stream it needs no new learning', () => {
    const beats = regularBeats(20)
    const ecg = artificialEcg(rateHz, 20, beats, 0.01)
    const [filter, detector] = [createEcgFilter(rateHz), new BeatDetector(rateHz)]
    const found: number[] = []
    ecg.forEach((value) => detector.step(filter.step(value), found))
    detector.reset()
    found.length = 0
    ecg.subarray(0, 2 * rateHz).forEach((value) => detector.step(filter.step(value), found))
    expect(found.length).toBeGreaterThanOrEqual(beats.filter((at) => at < 1.7).length)
  })

  test('beats of the first seconds are told in time too, and none is told twice', () => {
    const beats = regularBeats(10)
    const found = detect(artificialEcg(rateHz, 10, beats, 0.01))
    expect(found.length).toBe(beats.length)
    for (const { lag } of found) expect(lag / rateHz).toBeLessThan(0.4)
  })

  test('small steep complexes beside great slow ones are found', () => {
    const beats = regularBeats(60)
    const ecg = artificialEcg(rateHz, 60, beats, 0.005).map((value) => value / 3)
    beats.forEach((at, i) => {
      if (i % 2 === 0) return
      for (let k = Math.round((at - 0.3) * rateHz); k < (at + 0.5) * rateHz; k++) {
        ecg[k] = 1.8 * Math.exp(-(((k / rateHz - at) / 0.045) ** 2) / 2)
      }
    })
    expect(detect(ecg).length).toBe(beats.length)
  })

  test('when the heart stops, noise is not taken for beats before an alarm must be raised', () => {
    const beats = regularBeats(30)
    const ecg = artificialEcg(rateHz, 60, beats, 0.08)
    const last = beats.at(-1)!
    const after = detect(ecg).filter(({ at }) => at / rateHz > last + 0.4 && at / rateHz < last + 5)
    expect(after).toEqual([])
  })
})
