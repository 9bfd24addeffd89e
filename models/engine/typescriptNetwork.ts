import { shapedLayers, sizeOf, splitWeights, type Graph } from '../graph/graph.ts'
import type { Network } from './network.ts'

/**
 * A graph in plain TypeScript (float32 weights and activations, sums in float64): the reference that the fast path is held
 * against.
 * @throws RangeError where weights and graph do not fit together.
 */
export function typescriptNetwork(graph: Graph, weights: Float32Array, maxBatch = 1): Network {
  const layers = shapedLayers(graph)
  const parts = splitWeights(graph, weights)
  const activations = [graph.input, ...layers.map(({ output }) => output)].map(
    (shape) => new Float32Array(sizeOf(shape)),
  )
  const input = new Float32Array(maxBatch * activations[0]!.length)
  const last = activations.at(-1)!
  const output = new Float32Array(maxBatch * last.length)
  const steps = layers.map(({ layer, input: shape }, l) => {
    if (layer.kind !== 'dense' || shape.length !== 1)
      throw new RangeError(`layers[${l}]: ${layer.kind} is not compiled yet`)
    const [kernel, bias] = parts[l] as [Float32Array, Float32Array]
    const sums = new Float64Array(layer.units)
    return () => dense(activations[l]!, kernel, bias, activations[l + 1]!, sums, layer.activation === 'relu')
  })
  return {
    graph,
    path: 'typescript',
    maxBatch,
    input,
    output,
    run(windows) {
      for (let w = 0; w < windows; w++) {
        activations[0]!.set(input.subarray(w * activations[0]!.length, (w + 1) * activations[0]!.length))
        for (const step of steps) step()
        output.set(last, w * last.length)
      }
    },
  }
}

function dense(
  input: Float32Array,
  kernel: Float32Array,
  bias: Float32Array,
  output: Float32Array,
  sums: Float64Array,
  relu: boolean,
): void {
  const outputs = output.length
  for (let j = 0; j < outputs; j++) sums[j] = bias[j]!
  for (let i = 0, row = 0; i < input.length; i++, row += outputs) {
    const x = input[i]!
    // Half of the hidden units are silent.
    if (x === 0) continue
    for (let j = 0; j < outputs; j++) sums[j]! += x * kernel[row + j]!
  }
  for (let j = 0; j < outputs; j++) output[j] = relu && sums[j]! < 0 ? 0 : sums[j]!
}
