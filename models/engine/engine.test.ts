import type { Tensor } from '@tensorflow/tfjs'
import fc from 'fast-check'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { adversarialAutoencoders } from '../architectures/adversarial.ts'
import { chain } from '../architectures/chain.ts'
import { convolutionalAutoencoder } from '../architectures/convolutional.ts'
import { denseAutoencoder } from '../architectures/dense.ts'
import { lstmAutoencoder } from '../architectures/lstm.ts'
import { activations, shapedLayers, sizeOf, weightCount, type Graph, type Layer } from '../graph/graph.ts'
import { buildModel, getWeights, setWeights } from '../graph/tensorflow.ts'
import { loadBackend, type TensorFlow } from '../training/backend.ts'
import { seededRandom } from '../training/random.ts'
import { trainNetwork } from '../training/trainNetwork.ts'
import { compileNetwork } from './compile.ts'
import type { Network } from './network.ts'
import { loadKernels } from './simdKernels.ts'

let tf: TensorFlow
beforeAll(async () => ({ tf } = await loadBackend('js')))

function randomArray(length: number, seed: number, size: number): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from({ length }, () => size * (2 * random() - 1))
}

/** Of both signs, but for variances; so that sums of any width stay of the order of 1. */
function randomWeights(graph: Graph, seed: number): Float32Array {
  const random = seededRandom(seed)
  const values = shapedLayers(graph).flatMap(({ layer, weights }) =>
    weights.flatMap((shape, k) => {
      const isVariance = layer.kind === 'batchNormalization' && k === 3
      const spread = shape.length > 1 ? 1.7 / Math.sqrt(sizeOf(shape.slice(0, -1))) : 1
      return Array.from({ length: sizeOf(shape) }, () => (isVariance ? 2 * random() : spread * (2 * random() - 1)))
    }),
  )
  return Float32Array.from(values)
}

function run(network: Network, inputs: Float32Array, windows: number): Float32Array {
  network.input.set(inputs)
  network.run(windows)
  return network.output.slice(0, (network.output.length / network.maxBatch) * windows)
}

function expectClose(received: Float32Array, reference: ArrayLike<number>): void {
  expect(received).toHaveLength(reference.length)
  let worst = 0
  for (let i = 0; i < received.length; i++) {
    worst = Math.max(worst, Math.abs(received[i]! - reference[i]!) / Math.max(1, Math.abs(reference[i]!)))
  }
  expect(worst).toBeLessThanOrEqual(1e-4)
}

const activation = fc.constantFrom(...activations)
const upTo = (max: number) => fc.integer({ min: 1, max })
const normalisation = fc.constantFrom(1e-3, 1e-7).map((epsilon) => ({ kind: 'batchNormalization' as const, epsilon }))
const dense = (units: number) => fc.record({ kind: fc.constant('dense' as const), units: upTo(units), activation })
const stepLayer = fc.oneof(
  dense(40),
  normalisation,
  fc.record({
    kind: fc.constant('conv1d' as const),
    filters: upTo(37),
    kernelSize: upTo(12),
    strides: upTo(9),
    activation,
  }),
  fc.record({ kind: fc.constant('upSampling1d' as const), size: upTo(3) }),
  fc.record({ kind: fc.constant('lstm' as const), units: upTo(35), returnSequences: fc.constant(true) }),
)

/** Chains of any layers that fit, wider than the kernels' panels: flat, by steps, and from one to the other and back. */
const graphs: fc.Arbitrary<Graph> = fc.oneof(
  fc.record({
    input: upTo(200).map((n) => [n]),
    layers: fc.array<Layer>(fc.oneof(dense(200), normalisation), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    input: fc.tuple(upTo(24), upTo(9)),
    layers: fc.array<Layer>(stepLayer, { minLength: 1, maxLength: 4 }),
  }),
  fc
    .record({
      input: fc.tuple(upTo(20), upTo(5)),
      before: fc.array<Layer>(stepLayer, { maxLength: 2 }),
      units: upTo(20),
      flat: fc.array<Layer>(fc.oneof(dense(40), normalisation), { maxLength: 2 }),
      times: upTo(12),
      after: fc.array<Layer>(stepLayer, { maxLength: 2 }),
    })
    .map(({ input, before, units, flat, times, after }) => {
      const layers: Layer[] = [...before, { kind: 'lstm', units, returnSequences: false }]
      layers.push(...flat, { kind: 'repeatVector', times }, ...after)
      const last = shapedLayers({ input, layers }).at(-1)!.output
      layers.push({ kind: 'reshape', shape: [sizeOf(last)] })
      return { input, layers }
    }),
)

describe('compileNetwork', () => {
  test('agrees with TensorFlow.js on both paths, for any graph, weights and batch', () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 64 }), (graph, seed, windows) => {
        const weights = randomWeights(graph, seed)
        const inputs = randomArray(windows * sizeOf(graph.input), seed + 1, 3)
        const reference = tf.tidy(() => {
          const model = buildModel(tf, graph, 1)
          setWeights(tf, model, graph, weights)
          return (model.predict(tf.tensor(inputs, [windows, ...graph.input])) as Tensor).dataSync()
        })
        tf.disposeVariables()
        for (const path of ['simd', 'typescript'] as const) {
          expectClose(run(compileNetwork(graph, weights, { maxBatch: 64, path }), inputs, windows), reference)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('tells the highest of some outputs on both paths', () => {
    fc.assert(
      fc.property(upTo(70), fc.nat(70), fc.nat(70), fc.integer({ min: 0, max: 1e6 }), (units, a, b, seed) => {
        const [from, until] = [Math.min(a, b, units), Math.min(Math.max(a, b), units)]
        const graph: Graph = { input: [3], layers: [{ kind: 'dense', units, activation: 'linear' }] }
        for (const path of ['simd', 'typescript'] as const) {
          const network = compileNetwork(graph, randomWeights(graph, seed), { path })
          const outputs = run(network, randomArray(3, seed, 1), 1)
          expect(network.highest(from, until)).toBe(Math.max(...outputs.subarray(from, until)))
          expect(() => network.highest(0, units + 1)).toThrow(`within 0 to ${units}`)
          network.input[0] = NaN
          network.run(1)
          expect(network.highest(0, units)).toBeNaN()
        }
      }),
    )
  })

  test('agrees with TensorFlow.js on what is infinite, no number, or too small to be normal', () => {
    const odd = [NaN, Infinity, -Infinity, 1e-40, -1e-42, 0, -0, 3]
    fc.assert(
      fc.property(upTo(100), upTo(100), fc.constantFrom(...odd), upTo(9), (inputs, units, value, windows) => {
        const graph: Graph = { input: [inputs], layers: [{ kind: 'dense', units, activation: 'linear' }] }
        const weights = randomWeights(graph, inputs)
        const values = randomArray(windows * inputs, units, 1)
        values[(units * 7) % values.length] = value
        const reference = tf.tidy(() => {
          const model = buildModel(tf, graph, 1)
          setWeights(tf, model, graph, weights)
          return (model.predict(tf.tensor(values, [windows, inputs])) as Tensor).dataSync()
        })
        tf.disposeVariables()
        for (const path of ['simd', 'typescript'] as const) {
          const received = run(compileNetwork(graph, weights, { maxBatch: 9, path }), values, windows)
          received.forEach((each, i) => {
            if (Number.isFinite(reference[i])) expect(Math.abs(each - reference[i]!)).toBeLessThan(1e-4)
            else expect(each).toBe(reference[i])
          })
        }
      }),
      { numRuns: 60 },
    )
  })

  test('saturated and tiny sums are activated as closely', () => {
    for (const kind of activations) {
      const graph: Graph = { input: [1], layers: [{ kind: 'dense', units: 7, activation: kind }] }
      const weights = Float32Array.of(1, -1, 1e-3, 1e-7, 10, 100, -100, 0, 0, 0, 0, 0, 0, 0)
      const networks = (['simd', 'typescript'] as const).map((path) => compileNetwork(graph, weights, { path }))
      for (const x of [0, 0.04, 0.06, 0.5, 1, 5, 20, 1e4, 1e30]) {
        const [simd, plain] = networks.map((network) => run(network, Float32Array.of(x), 1))
        expectClose(simd!, plain!)
      }
    }
  })

  test('a value that is none stays none', () => {
    for (const kind of activations) {
      const graph: Graph = { input: [2], layers: [{ kind: 'dense', units: 5, activation: kind }] }
      for (const path of ['simd', 'typescript'] as const) {
        const network = compileNetwork(graph, new Float32Array(15).fill(1), { path })
        expect([...run(network, Float32Array.of(1, NaN), 1)]).toEqual(Array(5).fill(NaN))
      }
    }
  })

  test('a run leaves nothing for the next, however many windows came before', () => {
    const graph: Graph = {
      input: [12, 2],
      layers: [
        { kind: 'conv1d', filters: 3, kernelSize: 5, strides: 2, activation: 'relu' },
        { kind: 'lstm', units: 3, returnSequences: true },
      ],
    }
    const weights = randomArray(weightCount(graph), 1, 0.5)
    const network = compileNetwork(graph, weights, { maxBatch: 8, path: 'simd' })
    const inputs = randomArray(8 * 24, 2, 2)
    const alone = run(network, inputs.subarray(0, 24), 1)
    run(
      network,
      inputs.map((value) => -value),
      8,
    )
    expect(run(network, inputs.subarray(0, 24), 1)).toEqual(alone)
    const each = Float32Array.from(
      Array.from({ length: 8 }, (_, w) => [...run(network, inputs.subarray(w * 24, w * 24 + 24), 1)]).flat(),
    )
    expectClose(run(network, inputs, 8), each)
  })

  test('what does not fit is refused by name', () => {
    const graph: Graph = { input: [3], layers: [{ kind: 'dense', units: 2, activation: 'linear' }] }
    for (const path of ['simd', 'typescript'] as const) {
      expect(() => compileNetwork(graph, new Float32Array(7), { path })).toThrow(
        'weights: expected 8 values, received 7',
      )
      const network = compileNetwork(graph, new Float32Array(8), { path, maxBatch: 2 })
      for (const windows of [0, 3, 1.5, NaN]) {
        expect(() => network.run(windows)).toThrow(`windows: expected 1 to 2, received ${windows}`)
      }
    }
  })

  test('agrees with TensorFlow.js on networks that it has trained, of every architecture', () => {
    const windows = Array.from({ length: 16 }, (_, w) =>
      Float32Array.from({ length: 20 }, (_, t) => Math.sin(t / 3 + w)),
    )
    const settings = { seed: 1, epochs: 3, patience: 3, batchSize: 8, learningRate: 0.02, noise: 0 }
    const lossWeights = new Float32Array(20).fill(1)
    const { encoder, decoder } = adversarialAutoencoders(20, [8, 4])
    const graphs = [
      denseAutoencoder(20, [8, 4, 8]),
      convolutionalAutoencoder(20, 1, { filters: [4, 4], kernelSize: 5, code: 4 }),
      lstmAutoencoder(20, 1, 4),
      chain(encoder, decoder),
    ]
    for (const graph of graphs) {
      const { weights } = trainNetwork(tf, graph, windows, [], { ...settings, lossWeights })
      const untrained = buildModel(tf, graph, 1)
      expect(weights).not.toEqual(getWeights(untrained))
      const inputs = Float32Array.from(windows.flatMap((window) => [...window]))
      const reference = tf.tidy(() => {
        setWeights(tf, untrained, graph, weights)
        return (untrained.predict(tf.tensor(inputs, [16, ...graph.input])) as Tensor).dataSync()
      })
      for (const path of ['simd', 'typescript'] as const) {
        expectClose(run(compileNetwork(graph, weights, { maxBatch: 16, path }), inputs, 16), reference)
      }
    }
  })
})

describe('loadKernels', () => {
  test('says what is missing, and what cannot run', () => {
    const missing = loadKernels('nowhere/kernels.wasm')
    expect(missing).toMatchObject({
      message: 'nowhere/kernels.wasm: expected the compiled kernels; npm run build makes them',
    })
    expect(loadKernels(fileURLToPath(import.meta.url))).toBeInstanceOf(Error)
  })
})
