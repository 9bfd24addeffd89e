import type { Graph } from '../graph/graph.ts'

/** What a normal window like this one would be: an autoencoder, or a baseline with the same face. Works on scaled values. */
export interface Reconstructor {
  /** Values of a window; the reconstruction has as many. */
  readonly length: number
  /**
   * Fills `out` with the reconstruction of `window`; neither is kept.
   * @param missing given where something is: 1 for a value that was not measured and stands as 0 in `window`.
   */
  reconstruct(window: Float32Array, out: Float32Array, missing?: Uint8Array): void
  /** Of a model that keeps the windows it learnt: the same without one of them, by index, to judge that one by the others. */
  without?(learnt: number): Reconstructor
}

/** A compiled network over preallocated memory; nothing is allocated by a run. */
export interface Network {
  readonly graph: Graph
  readonly path: 'simd' | 'typescript'
  /** Windows that one run takes at most. */
  readonly maxBatch: number
  /** Written before a run, window after window; a view into the network's own memory. */
  readonly input: Float32Array
  /** Read after a run, window after window; valid until the next. */
  readonly output: Float32Array
  /** @param windows 1 to `maxBatch`. */
  run(windows: number): void
  /** The highest of the first window's outputs from index `from` up to `until`; -Infinity where there is none, NaN where one is. */
  highest(from: number, until: number): number
}

/** An autoencoder's network, window by window. */
export function reconstructorOf(network: Network): Reconstructor {
  const length = network.input.length / network.maxBatch
  const output = network.output.subarray(0, length)
  return {
    length,
    reconstruct(window, out) {
      network.input.set(window)
      network.run(1)
      out.set(output)
    },
  }
}
