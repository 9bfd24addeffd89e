import { denseAutoencoder } from '../architectures/dense.ts'
import { ecgBeatInputLength } from '../inputs/inputSchema.ts'

export const ecgBeatChoices = {
  hidden: [32, 8, 32],
  folds: 4,
  beatsByPerson: { recorded: 300, simulated: 40 },
  epochs: 20,
  patience: 4,
  batchSize: 64,
  learningRate: 2e-3,
  noise: 0.15,
  /** See `variedBeats`. */
  variation: { copies: 2, gain: 0.1, wander: 0.1 },
  /** See `shrunk`. */
  reconstructedShare: 0.5,
  /** Little, so that the network does not learn to copy a premature beat's rhythm through. */
  rhythmLossWeight: 0.1,
  thresholdQuantile: 0.995,
  /** Noise of a tenth of the QRS amplitude, root mean square. */
  maxNoise: 0.01,
  /** Fewer anomalous beats make no meaningful ROC curve. */
  leastAnomalous: 20,
  pca: { share: 0.95, most: 32 },
} as const

export const ecgBeatGraph = denseAutoencoder(ecgBeatInputLength, ecgBeatChoices.hidden)
