import type { Graph } from '../graph/graph.ts'

/** A dense autoencoder: `hidden` rectified layers, then a linear one as wide as the input. */
export function denseAutoencoder(inputs: number, hidden: readonly number[]): Graph {
  return {
    input: [inputs],
    layers: [
      ...hidden.map((units) => ({ kind: 'dense', units, activation: 'relu' }) as const),
      { kind: 'dense', units: inputs, activation: 'linear' },
    ],
  }
}
