import { describe, expect, test } from 'vitest'
import { bytesToFloat32, float32ToBytes } from '../inputs/typedArrays.ts'
import type { Score, Scoring } from '../scorer.ts'
import { quantile } from '../training/measures.ts'
import { scorerOf, type FittedDetector } from './fit.ts'
import { createTerms, modelSchema, type Compile } from './model.ts'

export interface DetectorCase {
  /** Fits the detector to normal windows, anew on each call. */
  fit: () => Promise<FittedDetector>
  /** Normal windows that were not learnt from, complete, of at least two segments' length. */
  normal: readonly Float32Array[]
  /** Parts of a window that may be missing as a whole: signals. At least two. */
  channels: readonly { from: number; to: number }[]
  /** A deviation in the signal's units that no normal window has. */
  deviation: number
  /** By default the engine's. */
  compile?: Compile
}

/** What every detector must hold; call it in a test file. */
export function checkDetector(name: string, { fit, normal, channels, deviation, compile }: DetectorCase): void {
  describe(`the contract of detectors: ${name}`, () => {
    const detector = once(fit)
    const ready = async () => {
      const scorer = scorerOf(await detector(), compile)
      /** What a gateway would take for anomalous: more than (almost) all normal windows. */
      const scores = normal.map((window) => scorer.score(window)!.score)
      return { scorer, threshold: quantile(scores, 0.99) }
    }
    const abnormal = (score: Score | undefined, threshold: number) =>
      expect(score === undefined || score.score > threshold, `score ${score?.score}, threshold ${threshold}`).toBe(true)

    test('normal windows have finite scores of about 1, and are not changed', async () => {
      const { scorer } = await ready()
      const copies = normal.map((window) => window.slice())
      const scores = normal.map((window) => scorer.score(window)!.score)
      expect(normal).toEqual(copies)
      expect(Math.min(...scores)).toBeGreaterThanOrEqual(0)
      const average = scores.reduce((sum, score) => sum + score, 0) / scores.length
      expect(average).toBeGreaterThan(0.2)
      expect(average).toBeLessThan(5)
    })

    test('a score depends on nothing that came before', async () => {
      const { scorer } = await ready()
      const after = normal.map((window) => {
        scorer.score(window.map(() => NaN))
        scorer.score(window.map(() => Infinity))
        return scorer.score(window)
      })
      expect(normal.map((window) => scorer.score(window))).toEqual(after)
    })

    test('the same seed gives the same scores', async () => {
      const again = scorerOf(await fit(), compile)
      const { scorer } = await ready()
      expect(normal.map((window) => again.score(window))).toEqual(normal.map((window) => scorer.score(window)))
    })

    test('it survives save and load: the same scores bit for bit', async () => {
      const { scorer } = await ready()
      const loaded = scorerOf(throughBytes(await detector()), compile)
      expect(normal.map((window) => loaded.score(window))).toEqual(normal.map((window) => scorer.score(window)))
    })

    test('parameters of another number, or that are none, are refused', async () => {
      const { model, parameters, scoring } = await detector()
      const inputs = scoring.mean.length
      const more = Float32Array.of(...parameters, 0)
      expect(() => createTerms(model, inputs, more)).toThrow('parameters: expected')
      if (parameters.length === 0) return
      expect(() => createTerms(model, inputs, parameters.slice(1))).toThrow('parameters: expected')
      const broken = parameters.with(parameters.length - 1, NaN)
      expect(() => createTerms(model, inputs, broken)).toThrow('expected a finite number, received NaN')
    })

    test('the attribution sums to the score, and no part is negative', async () => {
      const { scorer } = await ready()
      for (const window of [...normal, ...normal.map((own) => deviated(own, channels[0]!, deviation))]) {
        const { score, attribution } = scorer.score(window)!
        const parts = Object.values(attribution)
        expect(Math.abs(parts.reduce((sum, part) => sum + part, 0) - score)).toBeLessThanOrEqual(1e-9 * score)
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0)
      }
    })

    test('a deviation is anomalous, and attributed to its place and direction', async () => {
      const { scorer, threshold } = await ready()
      const { segments } = (await detector()).scoring
      for (const { name: place, from, to } of segments) {
        for (const [sign, direction] of [[1, 'higher'] as const, [-1, 'lower'] as const]) {
          for (const window of normal.slice(0, 10)) {
            const result = scorer.score(deviated(window, { from, to }, sign * deviation))!
            expect(result.score).toBeGreaterThan(threshold)
            expect(result.direction[place]).toBe(direction)
            expect(result.attribution[place]).toBe(Math.max(...Object.values(result.attribution)))
          }
        }
      }
    })

    test('with a channel missing the rest is scored, and a deviation in it is still anomalous', async () => {
      const { scorer, threshold } = await ready()
      for (const [m, missing] of channels.entries()) {
        const measured = channels[(m + 1) % channels.length]!
        const usual = normal.map((window) => scorer.score(lost(window, missing)))
        for (const result of usual) if (result) expect(Number.isFinite(result.score)).toBe(true)
        // Nothing is known against these windows: they must not look ill for what is missing.
        const share =
          usual.filter((result) => result !== undefined && result.score > 3 * threshold).length / usual.length
        expect(share).toBeLessThan(0.05)
        for (const window of normal.slice(0, 10)) {
          abnormal(scorer.score(lost(deviated(window, measured, deviation), missing)), threshold)
        }
      }
    })

    test('what is missing has no part in the score', async () => {
      const { scorer } = await ready()
      const { segments } = (await detector()).scoring
      for (const channel of channels) {
        const result = scorer.score(lost(normal[0]!, channel))
        for (const { name: place, from, to } of segments) {
          if (from >= channel.from && to <= channel.to && result) expect(result.attribution[place]).toBe(0)
        }
      }
    })

    test('unknown is never normal: nothing measured has no score', async () => {
      const { scorer } = await ready()
      expect(scorer.score(normal[0]!.map(() => NaN))).toBeUndefined()
      const few = normal[0]!.map((value, i) => (i === 0 ? value : NaN))
      expect(scorer.score(few)).toBeUndefined()
    })

    test('unknown is never normal: infinite and absurd values are never a normal score', async () => {
      const { scorer, threshold } = await ready()
      for (const absurd of [Infinity, -Infinity, 1e30, -1e30, 3.4e38, 1e6 * deviation]) {
        for (const window of normal.slice(0, 5)) {
          abnormal(scorer.score(window.map(() => absurd)), threshold)
          abnormal(scorer.score(window.map((_, i) => (i % 2 === 0 ? absurd : -absurd))), threshold)
          for (let i = 0; i < window.length; i++) abnormal(scorer.score(window.with(i, absurd)), threshold)
          for (const channel of channels) {
            abnormal(scorer.score(window.map((value, i) => (inside(i, channel) ? absurd : value))), threshold)
          }
        }
      }
    })
  })
}

/** As a bundle keeps a detector: JSON and one file of bytes. */
function throughBytes({ model, parameters, scoring }: FittedDetector): FittedDetector {
  const { mean, scale, weight } = scoring
  const text = JSON.stringify({ model, mean: [...mean], scale: [...scale], weight: [...weight] })
  const json = JSON.parse(text) as { model: unknown; mean: number[]; scale: number[]; weight: number[] }
  const loaded: Scoring = {
    ...scoring,
    mean: Float32Array.from(json.mean),
    scale: Float32Array.from(json.scale),
    weight: Float32Array.from(json.weight),
  }
  const bytes = Uint8Array.from(float32ToBytes(parameters))
  return { model: modelSchema.parse(json.model), parameters: bytesToFloat32(bytes), scoring: loaded }
}

function deviated(window: Float32Array, place: { from: number; to: number }, by: number): Float32Array {
  return window.map((value, i) => (inside(i, place) ? value + by : value))
}

function lost(window: Float32Array, place: { from: number; to: number }): Float32Array {
  return window.map((value, i) => (inside(i, place) ? NaN : value))
}

function inside(i: number, { from, to }: { from: number; to: number }): boolean {
  return i >= from && i < to
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
