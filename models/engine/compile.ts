import type { Graph } from '../graph/graph.ts'
import type { Network } from './network.ts'
import { kernelModule } from './simdKernels.ts'
import { simdNetwork } from './simdNetwork.ts'
import { typescriptNetwork } from './typescriptNetwork.ts'

export interface CompileOptions {
  /** Windows that one run takes at most; 1 by default. */
  maxBatch?: number
  /** `auto` takes SIMD where the kernels are built and the machine has it. */
  path?: 'auto' | 'simd' | 'typescript'
}

/**
 * Compiles a trained graph for prediction. Both paths agree within 1e-4 · max(1, |value|).
 * @param weights in the graph's order.
 * @throws RangeError where weights and graph do not fit together; Error where `simd` was asked for and cannot run.
 */
export function compileNetwork(graph: Graph, weights: Float32Array, options: CompileOptions = {}): Network {
  const { maxBatch = 1, path = 'auto' } = options
  if (path === 'typescript') return typescriptNetwork(graph, weights, maxBatch)
  const module = kernelModule()
  if (!(module instanceof Error)) return simdNetwork(module, graph, weights, maxBatch)
  if (path === 'simd') throw module
  return typescriptNetwork(graph, weights, maxBatch)
}
