import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denseAutoencoder } from '../architectures/dense.ts'
import type { Beat } from '../inputs/beatStream.ts'
import { loadBackend } from './backend.ts'
import { labelBeats } from './labelledBeats.ts'
import { matchBeats } from './matchBeats.ts'
import { auroc, quantile } from './measures.ts'
import { seededRandom, shuffle, smoothNoise } from './random.ts'
import { foldsByPerson, thin } from './split.ts'
import { trainNetwork, type TrainingSettings } from './trainNetwork.ts'

const graph = denseAutoencoder(6, [4, 2, 4])
const settings: TrainingSettings = {
  seed: 7,
  epochs: 30,
  patience: 4,
  batchSize: 16,
  learningRate: 5e-3,
  noise: 0.05,
  lossWeights: new Float32Array(6).fill(1),
}

/** Points on a line in six dimensions. */
function rows(count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const t = 2 * random() - 1
    return Float32Array.of(t, -t, 2 * t, 0.5 * t, t, -2 * t)
  })
}

describe('trainNetwork', () => {
  test('same backend and same seed give the same weights; another seed gives others', async () => {
    const { tf } = await loadBackend('js')
    const once = trainNetwork(tf, graph, rows(64, 1), rows(20, 2), settings)
    const twice = trainNetwork(tf, graph, rows(64, 1), rows(20, 2), settings)
    expect(Buffer.from(twice.weights.buffer).equals(Buffer.from(once.weights.buffer))).toBe(true)
    const other = trainNetwork(tf, graph, rows(64, 1), rows(20, 2), { ...settings, seed: 8 })
    expect(other.weights).not.toEqual(once.weights)
  })

  test('it learns: the held-out loss falls to less than a third', async () => {
    const { tf } = await loadBackend('js')
    const { losses } = trainNetwork(tf, graph, rows(160, 1), rows(40, 2), settings)
    expect(Math.min(...losses)).toBeLessThan(losses[0]! / 3)
  })

  test('it stops early and keeps the weights of the best epoch', async () => {
    const { tf } = await loadBackend('js')
    const stubborn = { ...settings, learningRate: 1, noise: 0, epochs: 40 }
    const { epochs, losses } = trainNetwork(tf, graph, rows(64, 1), rows(20, 2), stubborn)
    expect(losses.length).toBe(epochs + stubborn.patience)
    expect(losses[epochs - 1]).toBe(Math.min(...losses))
  })

  test('fewer rows than a batch are refused', async () => {
    const { tf } = await loadBackend('js')
    expect(() => trainNetwork(tf, graph, rows(5, 1), [], settings)).toThrow('expected at least 16, received 5')
  })
})

describe('loadBackend', () => {
  test('auto always finds a backend and says why it is that one', async () => {
    const { name, reason } = await loadBackend('auto')
    expect(reason).toMatch(name === 'tfjs-node' ? /loaded$/ : /did not load: ./)
  })
})

describe('seeded randomness', () => {
  test('numbers lie in [0, 1), noise has mean 0 and variance 1', () => {
    const random = seededRandom(3)
    const numbers = Array.from({ length: 20_000 }, random)
    expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true)
    const noise = Array.from({ length: 20_000 }, () => smoothNoise(random))
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length
    const variance = noise.reduce((sum, value) => sum + value * value, 0) / noise.length
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.05)
  })

  test('shuffling loses and doubles nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 200 }), (seed, length) => {
        const items = Int32Array.from({ length }, (_, i) => i)
        shuffle(items, seededRandom(seed))
        expect([...items].sort((a, b) => a - b)).toEqual([...Array(length).keys()])
      }),
    )
  })
})

describe('splitting', () => {
  test('each person is in exactly one fold', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), fc.integer({ min: 1, max: 6 }), (persons, count) => {
        const folds = foldsByPerson(persons, count)
        expect(folds.flat().sort()).toEqual([...new Set(persons)].sort())
      }),
    )
  })

  test('thinning keeps order, number and spread', () => {
    expect(thin([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3)).toEqual([0, 3, 6])
    expect(thin([1, 2], 3)).toEqual([1, 2])
  })
})

describe('matchBeats', () => {
  test('beats pair one to one with the nearest, within the tolerance', () => {
    expect([...matchBeats([100, 200, 300], [95, 310], 20)]).toEqual([0, -1, 1])
    expect([...matchBeats([100, 110], [111], 20)]).toEqual([-1, 0])
    expect([...matchBeats([111], [100, 110], 20)]).toEqual([1])
    expect([...matchBeats([], [1], 20)]).toEqual([])
    expect([...matchBeats([1, 2], [], 20)]).toEqual([-1, -1])
  })

  test('no annotation is used twice and none is beyond the tolerance', () => {
    const ascending = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 60 }).map((a) => a.sort((x, y) => x - y))
    fc.assert(
      fc.property(ascending, ascending, (found, annotated) => {
        const pairs = [...matchBeats(found, annotated, 30)].map((a, f) => [f, a] as const).filter(([, a]) => a >= 0)
        expect(new Set(pairs.map(([, a]) => a)).size).toBe(pairs.length)
        for (const [f, a] of pairs) expect(Math.abs(found[f]! - annotated[a]!)).toBeLessThanOrEqual(30)
      }),
    )
  })
})

describe('labelBeats', () => {
  const beat = (seconds: number): Beat => ({
    tick: seconds * 1e6,
    from: 0,
    to: 0,
    quality: { saturated: false, noise: 0, ambient: 0, artifact: false, complete: true },
  })
  const marks = (codes: string) => Array.from(codes, (code, i) => ({ tick: i * 1e6, code }))

  test('only beats among normal ones are usual, and marks that are no beats are left out of account', () => {
    const labelled = labelBeats([0, 1, 2, 3, 4, 5, 6, 7, 8].map(beat), marks('NNNNVNNNN'))
    expect(labelled.map(({ label }) => label).join('')).toBe('NNNNVNNNN')
    expect(labelled.map(({ usual }) => usual)).toEqual([false, false, true, false, false, false, false, true, false])
    const withRhythmMark = [...marks('NNNN'), { tick: 1.5e6, code: '+' }].sort((a, b) => a.tick - b.tick)
    expect(labelBeats([0, 1, 2, 3].map(beat), withRhythmMark)[2]!.usual).toBe(true)
  })

  test('a beat that was missed, or one that is none, makes its neighbours unusual', () => {
    const missed = labelBeats([0, 1, 2, 4, 5, 6, 7].map(beat), marks('NNNNNNNN'))
    expect(missed.map(({ usual }) => usual)).toEqual([false, false, false, false, false, true, false])
    const extra = labelBeats([0, 1, 2, 2.5, 3, 4, 5, 6].map(beat), marks('NNNNNNN'))
    expect(extra.map(({ label }) => label ?? '-').join('')).toBe('NNN-NNNN')
    expect(extra.map(({ usual }) => usual)).toEqual([false, false, false, false, false, false, true, false])
  })
})

describe('measures', () => {
  test('AUROC is the chance of the right order, reckoned pair by pair', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(scores, scores, (anomalous, normal) => {
        let pairs = 0
        for (const a of anomalous) for (const n of normal) pairs += a > n ? 1 : a === n ? 0.5 : 0
        expect(auroc(anomalous, normal)).toBeCloseTo(pairs / (anomalous.length * normal.length), 12)
      }),
    )
  })

  test('a quantile is a value of the list', () => {
    expect([0, 0.5, 0.75, 0.76, 1].map((q) => quantile([4, 1, 3, 2], q))).toEqual([1, 2, 3, 4, 4])
    expect(quantile([], 0.5)).toBeNaN()
  })
})
