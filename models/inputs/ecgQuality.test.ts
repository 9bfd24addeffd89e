import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { artificialEcg, regularBeats } from './artificialEcg.ts'
import { type Beat, BeatStream } from './beatStream.ts'
import { unfitBecause, type BeatQuality } from './ecgQuality.ts'

const rateHz = 250
const seconds = 60

const beatsOf = (ecg: Float32Array, rate = rateHz): Beat[] => new BeatStream(rate).push(0, ecg)
const artifacts = (beats: readonly Beat[]) => beats.filter(({ quality }) => quality.artifact).length

/** Electrodes that shift: to another level eight times a second, each time within 50 ms or so, mV. A fixed sequence. */
function electrodeMotion(samples: number, millivolts: number): Float32Array {
  const values = new Float32Array(samples)
  let [state, level, first, second] = [4711, 0, 0, 0]
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  for (let i = 0; i < samples; i++) {
    if (random() < 8 / rateHz) level = millivolts * (2 * random() - 1)
    first += (level - first) * (60 / rateHz)
    second += (first - second) * (60 / rateHz)
    values[i] = second
  }
  return values
}

const within = (beat: Beat, beatsAt: readonly number[]) => beatsAt.some((at) => Math.abs(beat.tick / 1e6 - at) < 0.15)

describe('the artifact mark', () => {
  test('no beat of a quiet ECG has it, at any rate from 40 to 170 a minute', () => {
    fc.assert(
      fc.property(fc.double({ min: 60 / 170, max: 1.5, noNaN: true }), (rr) => {
        expect(artifacts(beatsOf(artificialEcg(rateHz, 30, regularBeats(30, rr), 0.02)))).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  test('nor in a wholly irregular rhythm', () => {
    const gap = fc.double({ min: 0.4, max: 1.6, noNaN: true })
    fc.assert(
      fc.property(fc.array(gap, { minLength: 20, maxLength: 30 }), (gaps) => {
        let at = 0.5
        const beatsAt = gaps.map((seconds) => (at += seconds))
        expect(artifacts(beatsOf(artificialEcg(rateHz, at + 2, beatsAt, 0.02)))).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  test('nor do wide beats among narrow ones, however unlike the usual beat', () => {
    const beatsAt = regularBeats(seconds)
    const ecg = artificialEcg(rateHz, seconds, beatsAt, 0.02)
    // Every third beat is a great slow wave with its T against it.
    beatsAt.forEach((at, i) => {
      if (i % 3 !== 2) return
      for (let k = Math.round((at - 0.3) * rateHz); k < (at + 0.5) * rateHz; k++) {
        const t = k / rateHz - at
        ecg[k] = 1.6 * Math.exp(-((t / 0.045) ** 2) / 2) - 0.5 * Math.exp(-(((t - 0.25) / 0.06) ** 2) / 2)
      }
    })
    const beats = beatsOf(ecg)
    expect(beats.length).toBe(beatsAt.length)
    expect(artifacts(beats)).toBe(0)
  })

  test('in electrode motion it takes most of what is no beat and leaves what can be told', () => {
    const beatsAt = regularBeats(seconds)
    const clean = artificialEcg(rateHz, seconds, beatsAt, 0.02)
    const motion = electrodeMotion(clean.length, 1.5)
    const beats = beatsOf(clean.map((value, i) => value + (i > 20 * rateHz ? motion[i]! : 0)))
    const shaken = beats.filter(({ tick }) => tick > 21e6)
    const [real, made] = [true, false].map((is) => shaken.filter((beat) => within(beat, beatsAt) === is))
    expect(made!.length).toBeGreaterThan(5)
    expect(artifacts(made!) / made!.length).toBeGreaterThan(0.8)
    expect(artifacts(real!) / real!.length).toBeLessThan(0.8)
    expect(artifacts(beats.filter(({ tick }) => tick < 20e6))).toBe(0)
  })

  test('figures hardly depend on amplitude or sampling rate', () => {
    const figures = [1, 4].flatMap((gain) =>
      [128, 250, 500].map((rate) => {
        const ecg = artificialEcg(rate, 30, regularBeats(30), 0).map((value) => gain * value)
        const ambient = beatsOf(ecg, rate).map(({ quality }) => quality.ambient)
        return ambient.sort((a, b) => a - b)[ambient.length >> 1]!
      }),
    )
    expect(Math.max(...figures)).toBeLessThan(1.3 * Math.min(...figures))
  })
})

test('why a beat is unfit: what was not measured first, then what cannot be judged', () => {
  const good: BeatQuality = { complete: true, saturated: false, noise: 0.001, ambient: 0.05, artifact: false }
  expect(unfitBecause(good, 0.01)).toBeUndefined()
  expect(unfitBecause({ ...good, artifact: true }, 0.01)).toBe('artifact')
  expect(unfitBecause({ ...good, artifact: true, noise: 0.02 }, 0.01)).toBe('noise')
  expect(unfitBecause({ ...good, noise: 0.02, saturated: true }, 0.01)).toBe('saturated')
  expect(unfitBecause({ ...good, saturated: true, complete: false }, 0.01)).toBe('gap')
})
