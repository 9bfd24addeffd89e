import { describe, expect, test } from 'vitest'
import { denseAutoencoder } from '../architectures/dense.ts'
import { weightCount } from '../graph/graph.ts'
import { graphSchema } from '../graph/graphSchema.ts'
import { Scorer } from '../scorer.ts'
import { seededRandom } from '../training/random.ts'
import { createTerms, modelSchema, parameterCount, type Model } from './model.ts'

const graph = graphSchema.parse(denseAutoencoder(3, [2]))
const autoencoder: Model = { kind: 'autoencoder', architecture: 'dense', graph }

function numbers(seed: number, count: number): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed)
  return Float32Array.from({ length: count }, () => random() - 0.5)
}

function reconstruction(model: Model, parameters: Float32Array, window: Float32Array): Float32Array[] {
  return createTerms(model, window.length, parameters).map((term) => {
    const out = new Float32Array(window.length)
    term.model.reconstruct(window, out)
    return out
  })
}

describe('models', () => {
  test('each kind counts its parameters', () => {
    const count = weightCount(graph)
    const adversarial = {
      kind: 'adversarial',
      autoencoder: graph,
      second: graph,
      alpha: 0.5,
      beta: 0.5,
      range: 4,
    } as const
    expect(parameterCount(autoencoder, 3)).toBe(count)
    expect(parameterCount(adversarial, 3)).toBe(2 * count)
    expect(parameterCount({ kind: 'z-score' }, 3)).toBe(0)
    expect(parameterCount({ kind: 'pca', components: 2 }, 3)).toBe(3 + 2 * 3 + 2 + 1)
    expect(parameterCount({ kind: 'nearest-normal', windows: 5, compare: 'as measured' }, 3)).toBe(15)
    expect(parameterCount({ kind: 'ensemble', members: [autoencoder, { kind: 'z-score' }] }, 3)).toBe(count)
  })

  test('a graph for windows of another length is refused', () => {
    expect(() => parameterCount(autoencoder, 4)).toThrow('graph.input: expected 4 values, received 3')
    const uneven = { ...graph, layers: graph.layers.slice(0, 1) }
    expect(() => parameterCount({ ...autoencoder, graph: uneven }, 3)).toThrow(
      'graph: expected 3 values out, received 2',
    )
  })

  test('the second term of an adversarial pair is the second autoencoder on what the first gives', () => {
    const count = weightCount(graph)
    const parameters = numbers(1, 2 * count)
    const range = 4
    const pair: Model = { kind: 'adversarial', autoencoder: graph, second: graph, alpha: 0.2, beta: 0.8, range }
    const window = Float32Array.of(1, -2, 3)
    const [first, both] = reconstruction(pair, parameters, window)
    const within = window.map((value) => value / range)
    const [ae1] = reconstruction(autoencoder, parameters.slice(0, count), within)
    const [ae2] = reconstruction(autoencoder, parameters.slice(count), ae1!)
    first!.forEach((value, i) => expect(value).toBeCloseTo(range * ae1![i]!, 5))
    both!.forEach((value, i) => expect(value).toBeCloseTo(range * ae2![i]!, 5))
    expect(createTerms(pair, 3, parameters).map(({ share }) => share)).toEqual([0.2, 0.8])
  })

  test('the score of an ensemble is the mean of its members', () => {
    const count = weightCount(graph)
    const parameters = numbers(2, 2 * count)
    const scoring = {
      mean: new Float32Array(3),
      scale: new Float32Array(3).fill(1),
      weight: Float32Array.of(1, 2, 3),
      segments: [{ name: 'all', from: 0, to: 3 }],
    }
    const scoreOf = (model: Model, own: Float32Array) =>
      new Scorer(createTerms(model, 3, own), scoring).score(Float32Array.of(1, 2, -1))!.score
    const ensemble: Model = { kind: 'ensemble', members: [autoencoder, autoencoder] }
    const alone = [parameters.slice(0, count), parameters.slice(count)].map((own) => scoreOf(autoencoder, own))
    expect(scoreOf(ensemble, parameters)).toBeCloseTo((alone[0]! + alone[1]!) / 2, 6)
  })

  test('what was measured counts as much more as is missing', () => {
    const scoring = {
      mean: new Float32Array(4),
      scale: new Float32Array(4).fill(1),
      weight: Float32Array.of(1, 1, 1, 2),
      segments: [{ name: 'all', from: 0, to: 4 }],
    }
    const scorer = new Scorer(createTerms({ kind: 'z-score' }, 4, new Float32Array()), scoring)
    expect(scorer.score(Float32Array.of(1, 2, 3, 4))!.score).toBe(1 + 4 + 9 + 2 * 16)
    expect(scorer.score(Float32Array.of(1, 2, NaN, 4))!.score).toBe((5 / 4) * (1 + 4 + 2 * 16))
    expect(scorer.score(Float32Array.of(1, 2, NaN, NaN))).toBeUndefined()
  })

  test('a network [steps, channels] gets step by step what a window has channel by channel', () => {
    // On each step alone: the first channel doubled, the second negated.
    const steps = graphSchema.parse({ input: [3, 2], layers: [{ kind: 'dense', units: 2, activation: 'linear' }] })
    const weights = Float32Array.of(2, 0, 0, -1, 0, 0)
    const flat = graphSchema.parse({ input: [6], layers: [{ kind: 'dense', units: 6, activation: 'linear' }] })
    const same = new Float32Array(weightCount(flat))
    ;[2, 2, 2, -1, -1, -1].forEach((value, i) => (same[i * 6 + i] = value))
    const window = Float32Array.of(1, 2, 3, 10, 20, 30)
    const [byStep] = reconstruction({ kind: 'autoencoder', architecture: 'dense', graph: steps }, weights, window)
    const [byMatrix] = reconstruction({ kind: 'autoencoder', architecture: 'dense', graph: flat }, same, window)
    expect([...byStep!]).toEqual([2, 4, 6, -10, -20, -30])
    expect([...byMatrix!]).toEqual([...byStep!])
  })

  test('what is not a model is refused by the field', () => {
    const issue = (model: unknown) => modelSchema.safeParse(model).error!.issues[0]!
    expect(issue({ kind: 'oracle' }).path).toEqual(['kind'])
    expect(issue({ kind: 'pca', components: 0 }).path).toEqual(['components'])
    expect(issue({ ...autoencoder, architecture: 'round' }).path).toEqual(['architecture'])
    const nested = { kind: 'ensemble', members: [{ kind: 'ensemble', members: [{ kind: 'z-score' }] }] }
    expect(issue(nested).path).toEqual(['members', 0, 'kind'])
  })
})
