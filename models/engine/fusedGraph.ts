import { shapedLayers, splitWeights, type Graph, type ShapedLayer } from '../graph/graph.ts'

/** A layer with its weights as it is run. */
export interface RunnableLayer extends Omit<ShapedLayer, 'weights'> {
  weights: readonly Float32Array[]
}

/**
 * The layers of a graph as they are run: a batch normalisation becomes one factor and one offset a channel, and goes into the
 * linear dense or convolutional layer before it where there is one.
 * @throws RangeError where weights and graph do not fit together.
 */
export function fusedLayers(graph: Graph, weights: Float32Array): RunnableLayer[] {
  const parts = splitWeights(graph, weights)
  const layers: RunnableLayer[] = []
  shapedLayers(graph).forEach((shaped, l) => {
    if (shaped.layer.kind !== 'batchNormalization') {
      layers.push({ ...shaped, weights: parts[l]! })
      return
    }
    const affine = normalisation(parts[l]!, shaped.layer.epsilon)
    const before = layers.at(-1)
    const linear = before && 'activation' in before.layer && before.layer.activation === 'linear'
    if (linear) layers[layers.length - 1] = scaled(before, affine)
    else layers.push({ ...shaped, weights: [affine.factors, affine.offsets] })
  })
  return layers
}

interface Affine {
  factors: Float32Array
  offsets: Float32Array
}

function normalisation(weights: readonly Float32Array[], epsilon: number): Affine {
  const [gamma, beta, mean, variance] = weights as [Float32Array, Float32Array, Float32Array, Float32Array]
  const factors = gamma.map((value, c) => value / Math.sqrt(variance[c]! + epsilon))
  return { factors, offsets: beta.map((value, c) => value - mean[c]! * factors[c]!) }
}

function scaled(layer: RunnableLayer, { factors, offsets }: Affine): RunnableLayer {
  const [kernel, bias] = layer.weights as [Float32Array, Float32Array]
  const outputs = factors.length
  return {
    ...layer,
    weights: [
      kernel.map((value, i) => value * factors[i % outputs]!),
      bias.map((value, j) => value * factors[j]! + offsets[j]!),
    ],
  }
}
