import type { Graph } from '../graph/graph.ts'

/**
 * A recurrent autoencoder for windows `[steps, channels]` (Malhotra et al., ICML anomaly detection workshop 2016): one LSTM
 * reads the window into `units` values, another unrolls them again, and a dense layer makes the channels of them.
 */
export function lstmAutoencoder(steps: number, channels: number, units = 16): Graph {
  return {
    input: [steps, channels],
    layers: [
      { kind: 'lstm', units, returnSequences: false },
      { kind: 'repeatVector', times: steps },
      { kind: 'lstm', units, returnSequences: true },
      { kind: 'dense', units: channels, activation: 'linear' },
    ],
  }
}
