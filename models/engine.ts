import type { InputSegment } from './inputs/inputSchema.ts'

/** One fully connected layer; `weights` is row-major, inputs by outputs, as TensorFlow.js keeps a kernel. */
export interface DenseLayer {
  inputs: number
  outputs: number
  activation: 'relu' | 'linear'
  weights: Float32Array
  biases: Float32Array
}

/** What the engine needs beside the layers; each array has one value an input. */
export interface Scoring {
  /** Subtracted from an input … */
  mean: Float32Array
  /** … and then divided by; for both the network's input and the target of its reconstruction. */
  scale: Float32Array
  /** What a squared reconstruction error counts in the score. */
  weight: Float32Array
  segments: readonly InputSegment[]
}

export interface Score {
  /** Weighted squared reconstruction error; higher is more anomalous, about 1 on the training beats. */
  score: number
  /** Share of the score by segment; sums to it. */
  attribution: Record<string, number>
}

/**
 * Forward pass of a dense autoencoder in plain TypeScript over preallocated arrays (float32 weights and activations, sums in
 * float64): the reference that later, faster engines are held against. Nothing is allocated but the result.
 */
export class Engine {
  private readonly layers: readonly DenseLayer[]
  private readonly scoring: Scoring
  /** Activations: the scaled input, then the output of each layer. */
  private readonly activations: readonly Float32Array[]
  private readonly sums: Float64Array

  /** @throws RangeError where the sizes of neighbouring layers, the scaler or the segments do not fit together. */
  constructor(layers: readonly DenseLayer[], scoring: Scoring) {
    checkSizes(layers, scoring)
    this.layers = layers
    this.scoring = scoring
    this.activations = [
      new Float32Array(scoring.mean.length),
      ...layers.map((layer) => new Float32Array(layer.outputs)),
    ]
    this.sums = new Float64Array(Math.max(...layers.map((layer) => layer.outputs)))
  }

  get inputLength(): number {
    return this.scoring.mean.length
  }

  /** @throws RangeError where the input's length is not the model's. The input is not changed. */
  score(input: Float32Array): Score {
    const { weight, segments } = this.scoring
    const output = this.reconstruct(input)
    const scaled = this.activations[0]!
    const attribution: Record<string, number> = {}
    let score = 0
    for (const { name, from, to } of segments) {
      let part = 0
      for (let i = from; i < to; i++) {
        const error = scaled[i]! - output[i]!
        part += weight[i]! * error * error
      }
      attribution[name] = part
      score += part
    }
    return { score, attribution }
  }

  /** The network's output for an input, in scaled units; valid until the next call. */
  reconstruct(input: Float32Array): Float32Array {
    const { mean, scale } = this.scoring
    const scaled = this.activations[0]!
    if (input.length !== scaled.length) {
      throw new RangeError(`model input: expected ${scaled.length} values, received ${input.length}`)
    }
    for (let i = 0; i < scaled.length; i++) scaled[i] = (input[i]! - mean[i]!) / scale[i]!
    for (let l = 0; l < this.layers.length; l++) {
      this.forward(this.layers[l]!, this.activations[l]!, this.activations[l + 1]!)
    }
    return this.activations[this.layers.length]!
  }

  private forward(layer: DenseLayer, input: Float32Array, output: Float32Array): void {
    const { inputs, outputs, weights, biases, activation } = layer
    const { sums } = this
    for (let j = 0; j < outputs; j++) sums[j] = biases[j]!
    for (let i = 0, row = 0; i < inputs; i++, row += outputs) {
      const x = input[i]!
      // Half of the hidden units are silent.
      if (x === 0) continue
      for (let j = 0; j < outputs; j++) sums[j]! += x * weights[row + j]!
    }
    for (let j = 0; j < outputs; j++) output[j] = activation === 'relu' && sums[j]! < 0 ? 0 : sums[j]!
  }
}

function checkSizes(layers: readonly DenseLayer[], { mean, scale, weight, segments }: Scoring): void {
  let size = mean.length
  const expect = (what: string, expected: number, received: number) => {
    if (expected !== received) throw new RangeError(`${what}: expected ${expected}, received ${received}`)
  }
  layers.forEach((layer, l) => {
    expect(`layers[${l}].inputs`, size, layer.inputs)
    expect(`layers[${l}].weights`, layer.inputs * layer.outputs, layer.weights.length)
    expect(`layers[${l}].biases`, layer.outputs, layer.biases.length)
    size = layer.outputs
  })
  expect('outputs of the last layer', mean.length, size)
  expect('scaler.scale', mean.length, scale.length)
  expect('scaler.weight', mean.length, weight.length)
  let covered = 0
  for (const { name, from, to } of segments) {
    expect(`segment ${name}.from`, covered, from)
    covered = to
  }
  expect('end of the last segment', mean.length, covered)
}
