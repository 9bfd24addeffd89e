import type { LayersModel, Scalar, Tensor } from '@tensorflow/tfjs'
import { channelsOf, interleave } from '../detectors/layout.ts'
import type { Graph } from '../graph/graph.ts'
import { buildModel, getWeights, setWeights } from '../graph/tensorflow.ts'
import { AdamSteps } from './adamSteps.ts'
import type { TensorFlow } from './backend.ts'
import { fingerprint } from './checkpoint.ts'
import { flatten, runEpochs, targetOf, type EpochReport, type Trained, type TrainingSettings } from './epochs.ts'

export type { EpochReport, Trained, TrainingSettings } from './epochs.ts'

/**
 * Trains an autoencoder on scaled windows (each as long as the graph's input; channel by channel where that has several) with
 * Adam, in an own seeded loop, as `model.fit` shuffles unseeded. Same backend, same seed: same weights, bit for bit.
 * @param inputs NaN where a value is missing: shown as 0, and not counted in the loss.
 * @param heldOut for early stopping; empty: all epochs are run.
 * @param checkpoint file in which the state is kept after each epoch, and from which an interrupted training goes on.
 * @throws RangeError where there is not one whole batch; Error where the loss is lost, and for a checkpoint of another training.
 */
export function trainNetwork(
  tf: TensorFlow,
  graph: Graph,
  inputs: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  settings: TrainingSettings,
  onEpoch: (report: EpochReport) => void = () => {},
  checkpoint?: string,
): Trained {
  const model = buildModel(tf, graph, settings.seed)
  const layout = batchLayout(tf, graph, settings.lossWeights)
  const steps = new AdamSteps(tf, model.trainableWeights, settings.learningRate)
  const everything = layout.measuredWeights(settings.batchSize)
  const judge = heldOutLoss(tf, model, layout, heldOut)
  const step = (input: Float32Array, target: Float32Array, measured: Float32Array | undefined): number =>
    tf.tidy(() => {
      const [x, y] = [layout.tensor(input), layout.tensor(target)]
      const counts = measured ? everything.mul(layout.tensor(measured)) : everything
      return steps.run(() => weightedLoss(model.apply(x, { training: true }) as Tensor, y, counts))
    })
  const learner = {
    step,
    judge: judge?.loss,
    weights: () => getWeights(model),
    moments: () => steps.moments(),
    restore: (weights: Float32Array, moments: Parameters<AdamSteps['restore']>[0]) => {
      setWeights(tf, model, graph, weights)
      steps.restore(moments)
    },
  }
  try {
    const resuming = checkpoint && {
      file: checkpoint,
      madeFor: fingerprint({ ...settings, graph, backend: tf.getBackend(), tf: tf.version.tfjs }, inputs, heldOut),
    }
    return runEpochs(learner, inputs, { channels: channelsOf(graph), ...settings }, onEpoch, resuming || undefined)
  } finally {
    tf.dispose([everything, ...(judge?.tensors ?? [])])
    model.dispose()
  }
}

export type BatchLayout = ReturnType<typeof batchLayout>

/** Rows of windows as tensors for a graph, which may want them step by step. */
export function batchLayout(tf: TensorFlow, graph: Graph, lossWeights: Float32Array) {
  const channels = channelsOf(graph)
  const width = lossWeights.length
  const tensor = (rows: Float32Array): Tensor => {
    const shape = [rows.length / width, ...graph.input]
    if (channels === 1) return tf.tensor(rows, shape)
    const ordered = new Float32Array(rows.length)
    for (let from = 0; from < rows.length; from += width) {
      interleave(rows.subarray(from, from + width), channels, ordered.subarray(from, from + width))
    }
    return tf.tensor(ordered, shape)
  }
  return {
    tensor,
    /** The loss weights as wide as the batch: pure TensorFlow.js broadcasts slowly. */
    measuredWeights: (batch: number): Tensor => tensor(flatten(Array.from({ length: batch }, () => lossWeights))),
  }
}

/** Loss of windows that are not learnt from; the tensors stay until they are disposed of. */
function heldOutLoss(tf: TensorFlow, model: LayersModel, layout: BatchLayout, rows: readonly Float32Array[]) {
  if (rows.length === 0) return undefined
  const { target, measured } = targetOf(rows)
  const inputs = layout.tensor(target)
  const weights = tf.tidy(() => {
    const all = layout.measuredWeights(rows.length)
    return measured ? all.mul(layout.tensor(measured)) : all
  })
  const loss = () => tf.tidy(() => weightedLoss(model.predict(inputs) as Tensor, inputs, weights).dataSync()[0]!)
  return { loss, tensors: [inputs, weights] }
}

export function weightedLoss(output: Tensor, target: Tensor, lossWeights: Tensor): Scalar {
  return output.sub(target).square().mul(lossWeights).mean()
}
