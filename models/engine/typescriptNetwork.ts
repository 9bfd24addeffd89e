import { shapedLayers, sizeOf, splitWeights, type Graph, type ShapedLayer } from '../graph/graph.ts'
import type { Network } from './network.ts'
import { batchNormalization } from './reference/batchNormalization.ts'
import { conv1d } from './reference/conv1d.ts'
import { dense } from './reference/dense.ts'
import { lstm } from './reference/lstm.ts'
import { repeatVector } from './reference/repeatVector.ts'
import { reshape } from './reference/reshape.ts'
import type { RunStep } from './reference/step.ts'
import { upSampling1d } from './reference/upSampling1d.ts'
import { checkBatch, checkRange, checkWindows } from './batch.ts'

/**
 * A graph in plain TypeScript (float32 weights and activations, sums in float64): the reference that the fast path is held
 * against, and what runs where there is no WebAssembly SIMD.
 * @throws RangeError where weights and graph do not fit together.
 */
export function typescriptNetwork(graph: Graph, weights: Float32Array, maxBatch = 1): Network {
  checkBatch(maxBatch)
  const layers = shapedLayers(graph)
  const parts = splitWeights(graph, weights)
  const activations = [graph.input, ...layers.map(({ output }) => output)].map(
    (shape) => new Float32Array(sizeOf(shape)),
  )
  const steps = layers.map((layer, l) => stepOf(layer, parts[l]!, activations[l]!, activations[l + 1]!))
  const [first, last] = [activations[0]!, activations.at(-1)!]
  const input = new Float32Array(maxBatch * first.length)
  const output = new Float32Array(maxBatch * last.length)
  return {
    graph,
    path: 'typescript',
    maxBatch,
    input,
    output,
    run(windows) {
      checkWindows(windows, maxBatch)
      for (let w = 0; w < windows; w++) {
        copy(input, w * first.length, first, 0, first.length)
        for (const step of steps) step()
        copy(last, 0, output, w * last.length, last.length)
      }
    },
    highest(from, until) {
      checkRange(from, until, last.length)
      let best = -Infinity
      for (let i = from; i < until; i++) best = Math.max(best, output[i]!)
      return best
    },
  }
}

function stepOf(
  { layer, input: inputShape }: ShapedLayer,
  weights: readonly Float32Array[],
  input: Float32Array,
  output: Float32Array,
): RunStep {
  const rest = { weights, inputShape, input, output }
  switch (layer.kind) {
    case 'dense':
      return dense({ layer, ...rest })
    case 'conv1d':
      return conv1d({ layer, ...rest })
    case 'upSampling1d':
      return upSampling1d({ layer, ...rest })
    case 'batchNormalization':
      return batchNormalization({ layer, ...rest })
    case 'lstm':
      return lstm({ layer, ...rest })
    case 'repeatVector':
      return repeatVector({ layer, ...rest })
    case 'reshape':
      return reshape({ layer, ...rest })
  }
}

/** As `set` of a `subarray`, without a view being made. */
function copy(from: Float32Array, fromIndex: number, to: Float32Array, toIndex: number, count: number): void {
  for (let i = 0; i < count; i++) to[toIndex + i] = from[fromIndex + i]!
}
