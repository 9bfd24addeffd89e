/** Functions that follow a layer's sums; `leakyRelu` lets 0.2 of what is negative through. */
export const activations = ['linear', 'relu', 'leakyRelu', 'tanh', 'sigmoid'] as const
export type Activation = (typeof activations)[number]
export const leakyReluAlpha = 0.2

/** One layer of a network. A shape is `[n]` or `[steps, channels]`, without the batch; channels last. */
export type Layer =
  /** On the last axis. Weights: kernel `[channels, units]`, bias `[units]`. */
  | { kind: 'dense'; units: number; activation: Activation }
  /** Padded to keep the length (`same`). Weights: kernel `[kernelSize, channels, filters]`, bias `[filters]`. */
  | { kind: 'conv1d'; filters: number; kernelSize: number; strides: number; activation: Activation }
  /** Each step `size` times. */
  | { kind: 'upSampling1d'; size: number }
  /** On the last axis, with trained statistics. Weights: gamma, beta, moving mean, moving variance, each `[channels]`. */
  | { kind: 'batchNormalization'; epsilon: number }
  /**
   * Gates in the order input, forget, cell, output; tanh and (exact) sigmoid. Weights: kernel `[channels, 4·units]`, recurrent
   * kernel `[units, 4·units]`, bias `[4·units]`.
   */
  | { kind: 'lstm'; units: number; returnSequences: boolean }
  /** `[n]` to `[times, n]`. */
  | { kind: 'repeatVector'; times: number }
  /** The same values in another shape. */
  | { kind: 'reshape'; shape: readonly number[] }

/** A network as a chain of layers: what is trained with TensorFlow.js, kept in a bundle and compiled for the engine. */
export interface Graph {
  input: readonly number[]
  layers: readonly Layer[]
}

/** A layer with its shapes and those of its weights, in TensorFlow.js's order. */
export interface ShapedLayer {
  layer: Layer
  input: readonly number[]
  output: readonly number[]
  weights: readonly (readonly number[])[]
}

/**
 * The layers of a graph with their shapes.
 * @throws RangeError naming the layer where two do not fit together.
 */
export function shapedLayers(graph: Graph): ShapedLayer[] {
  let input = graph.input
  checkShape('input', input)
  return graph.layers.map((layer, l) => {
    const shaped = { layer, input, ...shapesOf(layer, input, `layers[${l}] (${layer.kind})`) }
    input = shaped.output
    return shaped
  })
}

/** Values in a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1)
}

/** Numbers that all weights of a graph take. */
export function weightCount(graph: Graph): number {
  return shapedLayers(graph)
    .flatMap(({ weights }) => weights)
    .reduce((sum, shape) => sum + sizeOf(shape), 0)
}

/** Floating-point operations of a window: two for each product of a weight. */
export function operationCount(graph: Graph): number {
  return shapedLayers(graph).reduce((sum, layer) => sum + operationsOf(layer), 0)
}

function operationsOf({ layer, input, output, weights }: ShapedLayer): number {
  const rows = sizeOf(input) / input.at(-1)!
  switch (layer.kind) {
    case 'dense':
      return 2 * rows * sizeOf(weights[0]!)
    case 'conv1d':
      return 2 * output[0]! * sizeOf(weights[0]!)
    case 'lstm':
      return 2 * rows * (sizeOf(weights[0]!) + sizeOf(weights[1]!))
    default:
      return 0
  }
}

/**
 * The weights of each layer as views into one array, in the graph's order.
 * @throws RangeError where their number is not the graph's.
 */
export function splitWeights(graph: Graph, weights: Float32Array): Float32Array[][] {
  const expected = weightCount(graph)
  if (weights.length !== expected) {
    throw new RangeError(`weights: expected ${expected} values, received ${weights.length}`)
  }
  let offset = 0
  return shapedLayers(graph).map((layer) =>
    layer.weights.map((shape) => weights.subarray(offset, (offset += sizeOf(shape)))),
  )
}

function shapesOf(layer: Layer, input: readonly number[], where: string): Pick<ShapedLayer, 'output' | 'weights'> {
  const channels = input.at(-1)!
  const leading = input.slice(0, -1)
  const inSteps = (): number => {
    if (input.length !== 2)
      throw new RangeError(`${where}: expected an input [steps, channels], received [${input.join()}]`)
    return input[0]!
  }
  switch (layer.kind) {
    case 'dense': {
      const { units } = layer
      checkShape(where, [units])
      return { output: [...leading, units], weights: [[channels, units], [units]] }
    }
    case 'conv1d': {
      const { filters, kernelSize, strides } = layer
      checkShape(where, [filters, kernelSize, strides])
      return {
        output: [Math.ceil(inSteps() / strides), filters],
        weights: [[kernelSize, channels, filters], [filters]],
      }
    }
    case 'upSampling1d':
      checkShape(where, [layer.size])
      return { output: [inSteps() * layer.size, channels], weights: [] }
    case 'batchNormalization':
      return { output: input, weights: [[channels], [channels], [channels], [channels]] }
    case 'lstm': {
      const { units, returnSequences } = layer
      checkShape(where, [units])
      const weights = [[channels, 4 * units], [units, 4 * units], [4 * units]]
      return { output: returnSequences ? [inSteps(), units] : (inSteps(), [units]), weights }
    }
    case 'repeatVector':
      checkShape(where, [layer.times])
      if (input.length !== 1) throw new RangeError(`${where}: expected an input [n], received [${input.join()}]`)
      return { output: [layer.times, channels], weights: [] }
    case 'reshape':
      checkShape(where, layer.shape)
      if (sizeOf(layer.shape) !== sizeOf(input)) {
        throw new RangeError(`${where}: expected ${sizeOf(input)} values, received shape [${layer.shape.join()}]`)
      }
      return { output: layer.shape, weights: [] }
  }
}

function checkShape(where: string, shape: readonly number[]): void {
  const broken = shape.find((length) => !Number.isSafeInteger(length) || length < 1)
  if (broken !== undefined || shape.length === 0) {
    throw new RangeError(`${where}: expected whole numbers of at least 1, received [${shape.join()}]`)
  }
}
