import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denseAutoencoder } from './architectures/dense.ts'
import { reconstructorOf } from './engine/network.ts'
import { typescriptNetwork } from './engine/typescriptNetwork.ts'
import { weightCount, type Graph } from './graph/graph.ts'
import { buildModel, getWeights } from './graph/tensorflow.ts'
import { ecgBeatInputLength, ecgBeatSegments } from './inputs/inputSchema.ts'
import { loadBackend } from './training/backend.ts'
import { Scorer, type Scoring } from './scorer.ts'
import { seededRandom } from './training/random.ts'

const graph = denseAutoencoder(ecgBeatInputLength, [20, 5, 20])

function scorerOf(network: Graph, weights: Float32Array, scoring: Scoring): Scorer {
  return new Scorer([{ model: reconstructorOf(typescriptNetwork(network, weights)), share: 1 }], scoring)
}

function randomArray(seed: number, length: number, low: number, high: number): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from({ length }, () => low + (high - low) * random())
}

function randomScorer(seed: number): Scorer {
  const scoring: Scoring = {
    mean: randomArray(seed + 1, ecgBeatInputLength, -1, 1),
    scale: randomArray(seed + 2, ecgBeatInputLength, 0.1, 2),
    weight: randomArray(seed + 3, ecgBeatInputLength, 0, 3),
    segments: ecgBeatSegments,
  }
  return scorerOf(graph, randomArray(seed, weightCount(graph), -0.5, 0.5), scoring)
}

const seeds = fc.integer({ min: 0, max: 1e6 })
const inputs = seeds.map((seed) => randomArray(seed, ecgBeatInputLength, -5, 5))

describe('Scorer', () => {
  test('the attribution sums to the score, and no part is negative', () => {
    fc.assert(
      fc.property(seeds, inputs, (seed, input) => {
        const { score, attribution } = randomScorer(seed).score(input)!
        const parts = Object.values(attribution)
        expect(Math.abs(parts.reduce((sum, part) => sum + part, 0) - score)).toBeLessThanOrEqual(1e-9 * score)
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0)
        expect(Object.keys(attribution)).toEqual(['P', 'QRS', 'ST', 'T', 'rhythm'])
      }),
    )
  })

  test('the same input gives the same score whatever came between, and is not changed', () => {
    fc.assert(
      fc.property(seeds, inputs, inputs, (seed, input, other) => {
        const scorer = randomScorer(seed)
        const copy = input.slice()
        const first = scorer.score(input)
        scorer.score(other)
        expect(scorer.score(input)).toEqual(first)
        expect(input).toEqual(copy)
      }),
    )
  })

  test('it agrees with TensorFlow.js within 1e-4 times the reference', async () => {
    const { tf } = await loadBackend('js')
    for (let seed = 1; seed <= 5; seed++) {
      const model = buildModel(tf, graph, seed)
      const network = reconstructorOf(typescriptNetwork(graph, getWeights(model)))
      const input = randomArray(seed, ecgBeatInputLength, -5, 5)
      const reference = (
        model.predict(tf.tensor2d(input, [1, input.length])) as ReturnType<typeof tf.tensor>
      ).dataSync()
      const output = new Float32Array(input.length)
      network.reconstruct(input, output)
      output.forEach((value, i) => {
        expect(Math.abs(value - reference[i]!)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(reference[i]!)))
      })
    }
  })

  test('a hand-made network gives the score reckoned by hand', () => {
    // One hidden unit, relu(2a - b + 1); outputs (h, -h + 0.5).
    const weights = Float32Array.of(2, -1, 1, 1, -1, 0, 0.5)
    const scorer = scorerOf(denseAutoencoder(2, [1]), weights, {
      mean: Float32Array.of(1, 0),
      scale: Float32Array.of(2, 1),
      weight: Float32Array.of(1, 0.25),
      segments: [
        { name: 'a', from: 0, to: 1 },
        { name: 'b', from: 1, to: 2 },
      ],
    })
    // Input (3, 1) is (1, 1) scaled; h = 2; output (2, -1.5); errors (-1, 2.5).
    expect(scorer.score(Float32Array.of(3, 1))).toEqual({
      score: 2.5625,
      attribution: { a: 1, b: 1.5625 },
      direction: { a: 'lower', b: 'higher' },
    })
    // Input (-5, 1) is (-3, 1) scaled; h = relu(-6) = 0; output (0, 0.5); errors (-3, 0.5).
    expect(scorer.score(Float32Array.of(-5, 1))).toEqual({
      score: 9.0625,
      attribution: { a: 9, b: 0.0625 },
      direction: { a: 'lower', b: 'higher' },
    })
  })

  test('sizes that do not fit together are refused by name', () => {
    const scorer = randomScorer(1)
    expect(() => scorer.score(new Float32Array(3))).toThrow(`expected ${ecgBeatInputLength} values, received 3`)
    const weights = new Float32Array(weightCount(graph))
    expect(() => typescriptNetwork(graph, weights.subarray(1))).toThrow('weights: expected')
    const one = new Float32Array(ecgBeatInputLength)
    const scoring = { mean: one, scale: one, weight: one.subarray(1), segments: ecgBeatSegments }
    expect(() => scorerOf(graph, weights, scoring)).toThrow('scaler.weight: expected 92, received 91')
  })
})
