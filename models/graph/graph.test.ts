import { describe, expect, test } from 'vitest'
import { loadBackend } from '../training/backend.ts'
import { shapedLayers, weightCount, type Graph } from './graph.ts'
import { buildModel, getWeights, setWeights } from './tensorflow.ts'

/** One layer of each kind. */
const graph: Graph = {
  input: [16, 2],
  layers: [
    { kind: 'conv1d', filters: 4, kernelSize: 3, strides: 2, activation: 'leakyRelu' },
    { kind: 'batchNormalization', epsilon: 1e-3 },
    { kind: 'upSampling1d', size: 2 },
    { kind: 'lstm', units: 3, returnSequences: false },
    { kind: 'repeatVector', times: 8 },
    { kind: 'reshape', shape: [4, 6] },
    { kind: 'dense', units: 8, activation: 'tanh' },
  ],
}

describe('a graph', () => {
  test('has the shapes and the weights that TensorFlow.js gives it', async () => {
    const { tf } = await loadBackend('js')
    const model = buildModel(tf, graph, 1)
    expect(shapedLayers(graph).at(-1)!.output).toEqual(model.outputs[0]!.shape.slice(1))
    const weights = getWeights(model)
    expect(weights).toHaveLength(weightCount(graph))
    const others = weights.map((_, i) => i / 100)
    setWeights(tf, model, graph, others)
    expect(getWeights(model)).toEqual(others)
    expect(getWeights(buildModel(tf, graph, 1))).toEqual(weights)
  })

  test('names the layer that does not fit', () => {
    const broken: Graph = { input: [16], layers: [{ kind: 'lstm', units: 3, returnSequences: true }] }
    expect(() => shapedLayers(broken)).toThrow('layers[0] (lstm): expected an input [steps, channels], received [16]')
    const none: Graph = { input: [16], layers: [{ kind: 'dense', units: 0, activation: 'relu' }] }
    expect(() => weightCount(none)).toThrow('layers[0] (dense): expected whole numbers of at least 1, received [0]')
  })
})
