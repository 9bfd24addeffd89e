import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs'
import { channelsOf } from '../detectors/layout.ts'
import type { Graph } from '../graph/graph.ts'
import { buildModel, getWeights, setWeights } from '../graph/tensorflow.ts'
import { AdamSteps } from '../training/adamSteps.ts'
import type { TensorFlow } from '../training/backend.ts'
import { runEpochs } from '../training/epochs.ts'
import { batchLayout, weightedLoss } from '../training/trainNetwork.ts'

export interface FineTuneSettings {
  seed: number
  epochs: number
  batchSize: number
  learningRate: number
  /** See `TrainingSettings`. */
  noise: number
  /** What each input's squared error counts in the loss. */
  lossWeights: Float32Array
  /** What the mean squared distance from the anchor's weights counts in the loss, as a share of the anchor's mean square. */
  anchorStrength: number
  /** Weighted layers that are tuned, counted from the output; all if there are fewer. */
  tunedLayers: number
}

/**
 * Tunes a trained autoencoder on other windows, held to the weights it had (L2-SP: Li, Grandvalet and Davoine, ICML 2018).
 * Same backend, same seed: same weights, bit for bit.
 * @param anchor weights in the graph's order; not changed.
 * @param windows scaled; NaN where a value is missing.
 * @returns weights in the graph's order.
 * @throws RangeError where there is not one whole batch, or weights and graph do not fit together.
 */
export function fineTune(
  tf: TensorFlow,
  graph: Graph,
  anchor: Float32Array,
  windows: readonly Float32Array[],
  settings: FineTuneSettings,
): Float32Array<ArrayBuffer> {
  const model = buildModel(tf, graph, settings.seed)
  setWeights(tf, model, graph, anchor)
  const layout = batchLayout(tf, graph, settings.lossWeights)
  const tuned = model.layers
    .filter((layer) => layer.trainableWeights.length > 0)
    .slice(-settings.tunedLayers)
    .flatMap((layer) => layer.trainableWeights)
  const steps = new AdamSteps(tf, tuned, settings.learningRate)
  const held = tuned.map((weight) => ({ variable: weight.read() as Variable, start: weight.read().clone() }))
  const everything = layout.measuredWeights(settings.batchSize)
  const strength = settings.anchorStrength / meanSquare(anchor)
  const distance = (): Scalar => {
    const sums = held.map(({ variable, start }) => variable.sub(start).square().sum())
    return tf.addN(sums).mul<Scalar>(strength / held.reduce((size, { start }) => size + start.size, 0))
  }
  const step = (input: Float32Array, target: Float32Array, measured: Float32Array | undefined): number =>
    tf.tidy(() => {
      const [x, y] = [layout.tensor(input), layout.tensor(target)]
      const counts = measured ? everything.mul(layout.tensor(measured)) : everything
      // Statistics of a normalisation stay the anchor's.
      return steps.run(() => weightedLoss(model.apply(x) as Tensor, y, counts).add<Scalar>(distance()))
    })
  const learner = {
    step,
    judge: undefined,
    weights: () => getWeights(model),
    moments: () => steps.moments(),
    restore: () => {
      throw new Error('fine-tuning is not resumed')
    },
  }
  try {
    const training = { ...settings, patience: settings.epochs, channels: channelsOf(graph) }
    return runEpochs(learner, windows, training, () => {}, undefined).weights
  } finally {
    tf.dispose([everything, ...held.map(({ start }) => start)])
    model.dispose()
  }
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length)
}
