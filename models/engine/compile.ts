import type { Graph } from '../graph/graph.ts'
import type { Network } from './network.ts'
import { kernelModule } from './simdKernels.ts'
import { simdNetwork } from './simdNetwork.ts'
import { typescriptNetwork } from './typescriptNetwork.ts'

export interface CompileOptions {
  /** Windows that one run takes at most; 1 by default. */
  maxBatch?: number
  /** `auto` takes SIMD where the kernels are built, the machine has it, and there is memory for one network more. */
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
  if (module instanceof Error) {
    if (path === 'simd') throw module
    return typescriptNetwork(graph, weights, maxBatch)
  }
  try {
    return simdNetwork(module, graph, weights, maxBatch)
  } catch (error) {
    // V8 sets 10 GB of addresses aside for each memory; after some thousands, fewer on small machines, there are none left.
    const noMemory = error instanceof RangeError && error.message.startsWith('WebAssembly.Memory')
    if (path === 'simd' || !noMemory) throw error
    return typescriptNetwork(graph, weights, maxBatch)
  }
}
