import type { LayersModel } from '@tensorflow/tfjs'
import type { DenseLayer } from '../engine.ts'
import type { TensorFlow } from '../training/backend.ts'

/** A dense autoencoder: `hidden` rectified layers, then a linear one as wide as the input. */
export interface DenseArchitecture {
  kind: 'dense'
  inputs: number
  hidden: number[]
}

/** The untrained network; same seed, same weights. Glorot and Bengio (AISTATS 2010) for the initial weights. */
export function buildDense(tf: TensorFlow, architecture: DenseArchitecture, seed: number): LayersModel {
  const { inputs, hidden } = architecture
  const layers = [...hidden, inputs].map((units, l) =>
    tf.layers.dense({
      units,
      activation: l < hidden.length ? 'relu' : 'linear',
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed * 1000 + l }),
      ...(l === 0 && { inputShape: [inputs] }),
    }),
  )
  return tf.sequential({ layers })
}

/** Numbers that the weights of an architecture take, kernel and bias of each layer in turn. */
export function denseWeightCount(architecture: DenseArchitecture): number {
  return sizes(architecture).reduce((sum, [inputs, outputs]) => sum + (inputs + 1) * outputs, 0)
}

/**
 * The layers for the engine from weights in TensorFlow.js's order (kernel, bias, kernel, …) in one array.
 * @throws RangeError where their number is not the architecture's.
 */
export function denseLayers(architecture: DenseArchitecture, weights: Float32Array): DenseLayer[] {
  const expected = denseWeightCount(architecture)
  if (weights.length !== expected)
    throw new RangeError(`weights: expected ${expected} values, received ${weights.length}`)
  let offset = 0
  const take = (count: number) => weights.subarray(offset, (offset += count))
  return sizes(architecture).map(([inputs, outputs], l) => ({
    inputs,
    outputs,
    activation: l < architecture.hidden.length ? 'relu' : 'linear',
    weights: take(inputs * outputs),
    biases: take(outputs),
  }))
}

function sizes({ inputs, hidden }: DenseArchitecture): [number, number][] {
  const widths = [inputs, ...hidden, inputs]
  return widths.slice(1).map((outputs, l) => [widths[l]!, outputs])
}
