import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildDense, denseLayers, denseWeightCount, type DenseArchitecture } from './architectures/dense.ts'
import { Engine, type Scoring } from './engine.ts'
import { ecgBeatInputLength, ecgBeatSegments } from './inputs/inputSchema.ts'
import { loadBackend } from './training/backend.ts'
import { seededRandom } from './training/random.ts'

const architecture: DenseArchitecture = { kind: 'dense', inputs: ecgBeatInputLength, hidden: [20, 5, 20] }

function randomArray(seed: number, length: number, low: number, high: number): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from({ length }, () => low + (high - low) * random())
}

function randomEngine(seed: number): Engine {
  const scoring: Scoring = {
    mean: randomArray(seed + 1, ecgBeatInputLength, -1, 1),
    scale: randomArray(seed + 2, ecgBeatInputLength, 0.1, 2),
    weight: randomArray(seed + 3, ecgBeatInputLength, 0, 3),
    segments: ecgBeatSegments,
  }
  return new Engine(denseLayers(architecture, randomArray(seed, denseWeightCount(architecture), -0.5, 0.5)), scoring)
}

const seeds = fc.integer({ min: 0, max: 1e6 })
const inputs = seeds.map((seed) => randomArray(seed, ecgBeatInputLength, -5, 5))

describe('Engine', () => {
  test('the attribution sums to the score, and no part is negative', () => {
    fc.assert(
      fc.property(seeds, inputs, (seed, input) => {
        const { score, attribution } = randomEngine(seed).score(input)
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
        const engine = randomEngine(seed)
        const copy = input.slice()
        const first = engine.score(input)
        engine.score(other)
        expect(engine.score(input)).toEqual(first)
        expect(input).toEqual(copy)
      }),
    )
  })

  test('it agrees with TensorFlow.js within 1e-4 times the reference', async () => {
    const { tf } = await loadBackend('js')
    for (let seed = 1; seed <= 5; seed++) {
      const model = buildDense(tf, architecture, seed)
      const weights = Float32Array.from(model.getWeights().flatMap((tensor) => [...tensor.dataSync()]))
      const unscaled = {
        mean: new Float32Array(ecgBeatInputLength),
        scale: new Float32Array(ecgBeatInputLength).fill(1),
      }
      const scoring = { ...unscaled, weight: unscaled.scale, segments: ecgBeatSegments }
      const engine = new Engine(denseLayers(architecture, weights), scoring)
      const input = randomArray(seed, ecgBeatInputLength, -5, 5)
      const reference = (
        model.predict(tf.tensor2d(input, [1, input.length])) as ReturnType<typeof tf.tensor>
      ).dataSync()
      engine.reconstruct(input).forEach((value, i) => {
        expect(Math.abs(value - reference[i]!)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(reference[i]!)))
      })
    }
  })

  test('a hand-made network gives the score reckoned by hand', () => {
    // One hidden unit, relu(2a - b + 1); outputs (h, -h + 0.5).
    const layers = [
      { inputs: 2, outputs: 1, activation: 'relu', weights: Float32Array.of(2, -1), biases: Float32Array.of(1) },
      { inputs: 1, outputs: 2, activation: 'linear', weights: Float32Array.of(1, -1), biases: Float32Array.of(0, 0.5) },
    ] as const
    const engine = new Engine(layers, {
      mean: Float32Array.of(1, 0),
      scale: Float32Array.of(2, 1),
      weight: Float32Array.of(1, 0.25),
      segments: [
        { name: 'a', from: 0, to: 1 },
        { name: 'b', from: 1, to: 2 },
      ],
    })
    // Input (3, 1) is (1, 1) scaled; h = 2; output (2, -1.5); errors (-1, 2.5).
    expect(engine.score(Float32Array.of(3, 1))).toEqual({ score: 2.5625, attribution: { a: 1, b: 1.5625 } })
    // Input (-5, 1) is (-3, 1) scaled; h = relu(-6) = 0; output (0, 0.5); errors (-3, 0.5).
    expect(engine.score(Float32Array.of(-5, 1))).toEqual({ score: 9.0625, attribution: { a: 9, b: 0.0625 } })
  })

  test('sizes that do not fit together are refused by name', () => {
    const engine = randomEngine(1)
    expect(() => engine.score(new Float32Array(3))).toThrow(`expected ${ecgBeatInputLength} values, received 3`)
    const weights = new Float32Array(denseWeightCount(architecture))
    expect(() => denseLayers(architecture, weights.subarray(1))).toThrow('weights: expected')
    const one = new Float32Array(ecgBeatInputLength)
    const scoring = { mean: one, scale: one, weight: one.subarray(1), segments: ecgBeatSegments }
    expect(() => new Engine(denseLayers(architecture, weights), scoring)).toThrow(
      'scaler.weight: expected 92, received 91',
    )
  })
})
