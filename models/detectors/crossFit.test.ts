import { describe, expect, test } from 'vitest'
import { loadBackend } from '../training/backend.ts'
import { mean } from '../training/measures.ts'
import { seededRandom, smoothNoise } from '../training/random.ts'
import { crossFit, dealFolds } from './crossFit.ts'
import { scorerOf } from './fit.ts'
import { modelSchema, parameterCount } from './model.ts'

const { tf } = await loadBackend('js')

/** Waves of one length, any phase. */
function waves(seed: number, count: number): Float32Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const phase = 6.3 * random()
    return Float32Array.from({ length: 12 }, (_, i) => 50 + 10 * Math.sin(phase + i / 2) + 0.3 * smoothNoise(random))
  })
}

const windows = waves(1, 90)
const folds = dealFolds(windows.length, 3, 1)
const options = { tf, seed: 1, hidden: [8, 3, 8], training: { epochs: 30, learningRate: 1e-2, batchSize: 20 } }
const fitted = crossFit('dense', windows, folds, options)

describe('cross-fitting', () => {
  test('gives an ensemble of one network a fold, as a bundle keeps it', () => {
    const model = modelSchema.parse(fitted.detector.model)
    expect(model.kind === 'ensemble' && model.members).toHaveLength(3)
    expect(fitted.detector.parameters).toHaveLength(parameterCount(model, 12))
  })

  test('scores of windows that a model has not seen are 1 on average', () => {
    expect(fitted.heldOutScores).toHaveLength(windows.length)
    expect(mean(fitted.heldOutScores)).toBeCloseTo(1, 3)
    const scorer = scorerOf(fitted.detector)
    const unseen = mean(waves(2, 90).map((window) => scorer.score(window)!.score))
    expect(unseen).toBeGreaterThan(0.5)
    expect(unseen).toBeLessThan(2)
    expect(scorer.score(windows[0]!.map((_, i) => 50 + 10 * (-1) ** i))!.score).toBeGreaterThan(10 * unseen)
  })

  test('a window has no part in the model that judges it', () => {
    const [first] = folds[0]!
    const changed = windows.map((window, w) => (w === first ? window.map((value) => value + 3) : window))
    const scaler = fitted.detector.scoring
    const again = crossFit('dense', changed, folds, {
      ...options,
      scaler,
      training: { ...options.training, epochs: 2 },
    })
    const before = crossFit('dense', windows, folds, {
      ...options,
      scaler,
      training: { ...options.training, epochs: 2 },
    })
    const size = before.detector.parameters.length / 3
    const member = ({ detector }: typeof again, m: number) => detector.parameters.slice(m * size, (m + 1) * size)
    // Its fold stops the training early, which two epochs are too few for.
    expect(member(again, 0)).toEqual(member(before, 0))
    expect(member(again, 1)).not.toEqual(member(before, 1))
  })

  test('the same seed gives the same scores, another one others', () => {
    expect(crossFit('dense', windows, folds, options).heldOutScores).toEqual(fitted.heldOutScores)
    expect(crossFit('dense', windows, folds, { ...options, seed: 2 }).heldOutScores).not.toEqual(fitted.heldOutScores)
  })

  test('folds that do not hold each window once are refused', () => {
    expect(() => crossFit('dense', windows, [[0, 1]], options)).toThrow('folds: expected at least 2, received 1')
    expect(() => crossFit('dense', windows, [...folds, [0]], options)).toThrow('expected each of 90 windows once')
    expect(() => crossFit('dense', windows, [folds[0]!, folds[1]!], options)).toThrow(
      'expected each of 90 windows once',
    )
  })
})

test('folds are dealt evenly, by the seed', () => {
  const dealt = dealFolds(11, 3, 7)
  expect(dealt.map((fold) => fold.length)).toEqual([4, 4, 3])
  expect(dealt.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i))
  expect(dealFolds(11, 3, 7)).toEqual(dealt)
  expect(dealFolds(11, 3, 8)).not.toEqual(dealt)
})
