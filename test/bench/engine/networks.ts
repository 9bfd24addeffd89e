import { adversarialAutoencoders } from '../../../models/architectures/adversarial.ts'
import { chain } from '../../../models/architectures/chain.ts'
import { convolutionalAutoencoder } from '../../../models/architectures/convolutional.ts'
import { denseAutoencoder } from '../../../models/architectures/dense.ts'
import { lstmAutoencoder } from '../../../models/architectures/lstm.ts'
import { operationCount, weightCount, type Graph } from '../../../models/graph/graph.ts'
import { seededRandom } from '../../../models/training/random.ts'

/** What is measured: an architecture with random weights. */
export interface Subject {
  name: string
  graph: Graph
  weights: Float32Array
  /** Floating-point operations a window: two for each product of a weight. */
  operations: number
}

const points = 140

/**
 * The architectures at a beat's length, and the anomaly autoencoder of MLPerf Tiny (Banbury et al., 2021), whose batch
 * normalisations are folded into its dense layers.
 */
export function subjects(): Subject[] {
  const wide = [128, 128, 128, 128]
  const { encoder, decoder } = adversarialAutoencoders(points, [32, 16, 8])
  return [
    subject('dense', denseAutoencoder(points, [32, 16, 8, 16, 32])),
    subject('convolutional', convolutionalAutoencoder(points, 1)),
    subject('lstm', lstmAutoencoder(points, 1)),
    // The second autoencoder after the first, as it is scored.
    subject('adversarial', chain(encoder, decoder, encoder, decoder)),
    subject('mlperf', denseAutoencoder(640, [...wide, 8, ...wide])),
  ]
}

function subject(name: string, graph: Graph): Subject {
  const random = seededRandom(1)
  const weights = Float32Array.from({ length: weightCount(graph) }, () => 0.4 * random() - 0.2)
  return { name, graph, weights, operations: operationCount(graph) }
}
