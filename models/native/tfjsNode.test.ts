import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { convolutionalAutoencoder } from '../architectures/convolutional.ts'
import { lstmAutoencoder } from '../architectures/lstm.ts'
import type { Graph } from '../graph/graph.ts'
import { buildModel, getWeights, setWeights } from '../graph/tensorflow.ts'
import { loadBackend } from '../training/backend.ts'
import { seededRandom } from '../training/random.ts'
import { trainNetwork, type Trained } from '../training/trainNetwork.ts'
import { loadTfjsNode } from './tfjsNode.ts'

const native = await loadTfjsNode()
// Where the gate has installed it, it must load.
const there = 'tf' in native || process.env['REQUIRE_TFJS_NODE'] === '1'

const [steps, channels] = [12, 2]
const graphs: Record<string, Graph> = {
  dense: {
    input: [steps * channels],
    layers: [
      { kind: 'dense', units: 8, activation: 'tanh' },
      { kind: 'dense', units: steps * channels, activation: 'linear' },
    ],
  },
  conv1d: convolutionalAutoencoder(steps, channels, { filters: [6, 8], kernelSize: 5, code: 4 }),
  LSTM: lstmAutoencoder(steps, channels, 6),
}

/** Waves of two phases with noise, channel by channel. */
const windows = Array.from({ length: 32 }, (_, w) => {
  const random = seededRandom(w)
  return Float32Array.from({ length: steps * channels }, (_, i) => Math.sin(i / 2 + (w % 2)) + 0.2 * random())
})

const settings = {
  seed: 1,
  epochs: 8,
  patience: 8,
  batchSize: 16,
  learningRate: 0.02,
  noise: 0,
  lossWeights: new Float32Array(steps * channels).fill(1),
}

describe.skipIf(!there)(`tfjs-node${there ? '' : ' (skipped: no tfjs-node)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-tfjs-node-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function train(graph: Graph): Promise<Trained> {
    const { tf } = await loadBackend('node')
    return trainNetwork(tf, graph, windows, [], settings)
  }
  const cache = new Map<Graph, Promise<Trained>>()
  const trained = (graph: Graph): Promise<Trained> => {
    const once = cache.get(graph) ?? train(graph)
    cache.set(graph, once)
    return once
  }

  test.each(Object.entries(graphs))('%s: training lowers the loss', async (_, graph) => {
    const { losses } = await trained(graph)
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!)
  })

  test.each(Object.entries(graphs))('%s: the same seed gives the same weights', async (_, graph) => {
    const hash = ({ weights }: Trained) => createHash('sha256').update(Buffer.from(weights.buffer)).digest('hex')
    expect(hash(await train(graph))).toBe(hash(await trained(graph)))
  })

  test.each(Object.entries(graphs))('%s: predicts what the JavaScript backend does', async (_, graph) => {
    const { weights } = await trained(graph)
    const predict = async (choice: 'js' | 'node') => {
      const { tf } = await loadBackend(choice)
      expect(tf.getBackend()).toBe(choice === 'js' ? 'cpu' : 'tensorflow')
      const model = buildModel(tf, graph, 1)
      setWeights(tf, model, graph, weights)
      const input = tf.tensor(Float32Array.from(windows.flatMap((window) => [...window])), [
        windows.length,
        ...graph.input,
      ])
      return (model.predict(input) as typeof input).dataSync<'float32'>()
    }
    const [js, natively] = [await predict('js'), await predict('node')]
    const differences = js.map((value, i) => Math.abs(value - natively[i]!))
    expect(js.some((value) => Math.abs(value) > 0.1)).toBe(true)
    expect(Math.max(...differences)).toBeLessThan(1e-4)
  })

  test.each(Object.entries(graphs))(
    '%s: saved to a folder and loaded, the weights are the same',
    async (name, graph) => {
      const { tf } = await loadBackend('node')
      const model = buildModel(tf, graph, 3)
      await model.save(`file://${join(folder, name)}`)
      const loaded = await tf.loadLayersModel(`file://${join(folder, name, 'model.json')}`)
      expect(getWeights(loaded)).toEqual(getWeights(model))
    },
  )
})
