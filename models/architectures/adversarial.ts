import type { Graph } from '../graph/graph.ts'

/** A shared encoder, and a decoder that there are two of: AE1 = D1∘E and AE2 = D2∘E. */
export interface AdversarialGraphs {
  encoder: Graph
  decoder: Graph
}

/**
 * The parts of an adversarially trained pair of dense autoencoders (USAD: Audibert et al., KDD 2020). The output is bounded by
 * 1 either way (the paper has a sigmoid on inputs in [0, 1]), as the second decoder learns to fail without end otherwise; units
 * are leaky, as rectified ones (the paper's) were seen to die in small codes.
 * @param hidden widths from the input to the code.
 */
export function adversarialAutoencoders(inputs: number, hidden: readonly number[]): AdversarialGraphs {
  const code = hidden.at(-1) ?? inputs
  return {
    encoder: {
      input: [inputs],
      layers: hidden.map((units) => ({ kind: 'dense', units, activation: 'leakyRelu' }) as const),
    },
    decoder: {
      input: [code],
      layers: [
        ...hidden
          .slice(0, -1)
          .reverse()
          .map((units) => ({ kind: 'dense', units, activation: 'leakyRelu' }) as const),
        { kind: 'dense', units: inputs, activation: 'tanh' },
      ],
    },
  }
}
