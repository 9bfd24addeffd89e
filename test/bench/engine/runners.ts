import { compileNetwork } from '../../../models/engine/compile.ts'
import type { Subject } from './networks.ts'

/** One way of running a network; gives the outputs of a batch. */
export interface Runner {
  name: string
  run: () => Float32Array
}

/** Ours, on both paths. */
export function ownRunners({ graph, weights }: Subject, inputs: Float32Array, batch: number): Runner[] {
  return (['simd', 'typescript'] as const).map((path) => {
    const network = compileNetwork(graph, weights, { maxBatch: batch, path })
    return {
      name: path === 'simd' ? 'engine' : 'typescript',
      run: () => {
        network.input.set(inputs)
        network.run(batch)
        return network.output
      },
    }
  })
}
