import type { Tensor } from '@tensorflow/tfjs'
import fc from 'fast-check'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { adversarialAutoencoders } from '../architectures/adversarial.ts'
import { chain } from '../architectures/chain.ts'
import { convolutionalAutoencoder } from '../architectures/convolutional.ts'
import { denseAutoencoder } from '../architectures/dense.ts'
import { lstmAutoencoder } from '../architectures/lstm.ts'
import { activations, sizeOf, weightCount, type Graph, type Layer } from '../graph/graph.ts'
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

/** Positive where there are variances among them. */
function randomWeights(graph: Graph, seed: number): Float32Array {
  return randomArray(weightCount(graph), seed, 0.6).map((value) => (hasNormalisation(graph) ? Math.abs(value) : value))
}

const hasNormalisation = (graph: Graph) => graph.layers.some(({ kind }) => kind === 'batchNormalization')

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
const size = fc.integer({ min: 1, max: 40 })

/** Chains of any layers that fit: flat ones first, then steps by channels. */
const graphs: fc.Arbitrary<Graph> = fc.oneof(
  fc.record({
    input: size.map((n) => [n]),
    layers: fc.array(fc.record({ kind: fc.constant('dense' as const), units: size, activation }), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  fc.record({
    input: fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 5 })),
    layers: fc.array<Layer>(
      fc.oneof(
        fc.record({ kind: fc.constant('dense' as const), units: fc.integer({ min: 1, max: 9 }), activation }),
        fc.record({
          kind: fc.constant('conv1d' as const),
          filters: fc.integer({ min: 1, max: 9 }),
          kernelSize: fc.integer({ min: 1, max: 7 }),
          strides: fc.integer({ min: 1, max: 3 }),
          activation,
        }),
        fc.record({ kind: fc.constant('upSampling1d' as const), size: fc.integer({ min: 1, max: 3 }) }),
        fc.constant({ kind: 'batchNormalization' as const, epsilon: 1e-3 }),
        fc.record({
          kind: fc.constant('lstm' as const),
          units: fc.integer({ min: 1, max: 7 }),
          returnSequences: fc.constant(true),
        }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  // An encoder, a decoder and another shape.
  fc
    .record({ steps: fc.integer({ min: 1, max: 20 }), units: fc.integer({ min: 1, max: 6 }) })
    .map(({ steps, units }) => ({
      input: [steps, 2],
      layers: [
        { kind: 'lstm' as const, units, returnSequences: false },
        { kind: 'repeatVector' as const, times: steps },
        { kind: 'lstm' as const, units, returnSequences: true },
        { kind: 'dense' as const, units: 2, activation: 'linear' as const },
        { kind: 'reshape' as const, shape: [2 * steps] },
      ],
    })),
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
