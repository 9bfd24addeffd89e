import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../training/backend.ts'
import { leakyReluAlpha, shapedLayers, splitWeights, type Graph, type ShapedLayer } from './graph.ts'

type TfLayer = LayersModel['layers'][number]

/**
 * A graph as an untrained TensorFlow.js model: same seed, same weights. Kernels after Glorot and Bengio (AISTATS 2010),
 * recurrent ones too.
 */
export function buildModel(tf: TensorFlow, graph: Graph, seed: number): LayersModel {
  const input = tf.input({ shape: [...graph.input] })
  const layers = shapedLayers(graph).flatMap((shaped, l) => tfLayersOf(tf, shaped, seed * 1000 + l))
  const output = layers.reduce((tensor, layer) => layer.apply(tensor) as SymbolicTensor, input)
  return tf.model({ inputs: input, outputs: output })
}

/**
 * Puts weights, in the graph's order, into a model that `buildModel` made of the same graph.
 * @throws RangeError where their number is not the graph's.
 */
export function setWeights(tf: TensorFlow, model: LayersModel, graph: Graph, weights: Float32Array): void {
  const shapes = shapedLayers(graph).flatMap((layer) => layer.weights)
  const values = splitWeights(graph, weights).flat()
  weightsOf(model).forEach((weight, i) =>
    tf.tidy(() => {
      weight.write(tf.tensor(values[i]!, [...shapes[i]!]))
    }),
  )
}

/** All weights of a model in the graph's order. */
export function getWeights(model: LayersModel): Float32Array<ArrayBuffer> {
  return Float32Array.from(weightsOf(model).flatMap((weight) => [...weight.read().dataSync<'float32'>()]))
}

/** Layer by layer, as a graph has them; `model.getWeights()` has those last that are not trained. */
function weightsOf(model: LayersModel): LayersModel['weights'] {
  return model.layers.flatMap((layer) => layer.weights)
}

function tfLayersOf(tf: TensorFlow, { layer, input }: ShapedLayer, seed: number): TfLayer[] {
  const kernelInitializer = tf.initializers.glorotUniform({ seed })
  switch (layer.kind) {
    case 'dense': {
      const { units } = layer
      return activated(tf, layer.activation, (activation) => tf.layers.dense({ units, kernelInitializer, activation }))
    }
    case 'conv1d': {
      const { filters, kernelSize, strides } = layer
      return activated(tf, layer.activation, (activation) =>
        tf.layers.conv1d({ filters, kernelSize, strides, padding: 'same', kernelInitializer, activation }),
      )
    }
    case 'upSampling1d': {
      // TensorFlow.js repeats in two dimensions only.
      const [steps, channels] = input as [number, number]
      return [
        tf.layers.reshape({ targetShape: [steps, 1, channels] }),
        tf.layers.upSampling2d({ size: [layer.size, 1] }),
        tf.layers.reshape({ targetShape: [steps * layer.size, channels] }),
      ]
    }
    case 'batchNormalization':
      return [tf.layers.batchNormalization({ epsilon: layer.epsilon })]
    case 'lstm': {
      const { units, returnSequences } = layer
      const recurrentInitializer = tf.initializers.glorotUniform({ seed: seed + 500 })
      const gates = { kernelInitializer, recurrentInitializer, recurrentActivation: 'sigmoid' as const }
      return [tf.layers.lstm({ units, returnSequences, ...gates })]
    }
    case 'repeatVector':
      return [tf.layers.repeatVector({ n: layer.times })]
    case 'reshape':
      return [tf.layers.reshape({ targetShape: [...layer.shape] })]
  }
}

type TfActivation = 'linear' | 'relu' | 'tanh' | 'sigmoid'

function activated(
  tf: TensorFlow,
  activation: TfActivation | 'leakyRelu',
  layer: (activation: TfActivation) => TfLayer,
): TfLayer[] {
  return activation === 'leakyRelu'
    ? [layer('linear'), tf.layers.leakyReLU({ alpha: leakyReluAlpha })]
    : [layer(activation)]
}
