import { compileNetwork, type CompileOptions } from '../engine/compile.ts'
import type { Network } from '../engine/network.ts'
import { shapedLayers, sizeOf, type Graph } from '../graph/graph.ts'

/** A network of which the outputs tell how far a window lies from each of the windows kept; see `nearestGraph`. */
export interface NearestGraph {
  graph: Graph
  weights: Float32Array
  /** Numbers that are compared. */
  codeLength: number
}

/**
 * A network that compares: what an encoder makes of a window, against what it made of others. With the code z and those kept
 * p₁ … pₙ its outputs are z·pₖ − |pₖ|²/2, and then z itself: |z − pₖ|² = |z|² − 2 (z·pₖ − |pₖ|²/2). So the search is one dense
 * layer of the compiled engine.
 * @param encoder without layers: windows are compared as they are.
 * @param codes one after another, as the encoder gives them.
 * @throws RangeError where these are not whole codes.
 */
export function nearestGraph(encoder: Graph, encoderWeights: Float32Array, codes: Float32Array): NearestGraph {
  const codeLength = sizeOf(shapedLayers(encoder).at(-1)?.output ?? encoder.input)
  const count = codes.length / codeLength
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`codes: expected a multiple of ${codeLength} numbers, received ${codes.length}`)
  }
  const units = count + codeLength
  const weights = new Float32Array(encoderWeights.length + (codeLength + 1) * units)
  weights.set(encoderWeights)
  const kernel = weights.subarray(encoderWeights.length)
  const bias = kernel.subarray(codeLength * units)
  for (let k = 0; k < count; k++) {
    let power = 0
    for (let i = 0; i < codeLength; i++) {
      const value = codes[k * codeLength + i]!
      kernel[i * units + k] = value
      power += value * value
    }
    bias[k] = -power / 2
  }
  for (let i = 0; i < codeLength; i++) kernel[i * units + count + i] = 1
  const layers = [...encoder.layers, { kind: 'dense', units, activation: 'linear' } as const]
  return { graph: { input: encoder.input, layers }, weights, codeLength }
}

/** How far a window lies from the nearest of the normal ones kept. */
export class NormalMemory {
  /** Written before `distance`: a window. */
  readonly input: Float32Array
  readonly #network: Network
  readonly #count: number

  constructor({ graph, weights, codeLength }: NearestGraph, options?: CompileOptions) {
    this.#network = compileNetwork(graph, weights, options)
    this.input = this.#network.input
    this.#count = this.#network.output.length - codeLength
  }

  /**
   * Euclidean distance in the code; windows kept from index `except` up to `until` do not count.
   * @returns Infinity where none counts.
   */
  distance(except = 0, until = 0): number {
    this.#network.run(1)
    const { output } = this.#network
    const count = this.#count
    const best = Math.max(this.#network.highest(0, except), this.#network.highest(Math.max(except, until), count))
    let power = 0
    for (let i = count; i < output.length; i++) power += output[i]! * output[i]!
    return Math.sqrt(Math.max(0, power - 2 * best))
  }
}
