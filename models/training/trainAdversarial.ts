import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { AdversarialGraphs } from '../architectures/adversarial.ts'
import { weightCount } from '../graph/graph.ts'
import { buildModel, getWeights, setWeights } from '../graph/tensorflow.ts'
import type { AdamState } from './adam.ts'
import { AdamSteps } from './adamSteps.ts'
import type { TensorFlow } from './backend.ts'
import { fingerprint } from './checkpoint.ts'
import { flatten, runEpochs, targetOf, type EpochReport, type Trained, type TrainingSettings } from './epochs.ts'
import { batchLayout, weightedLoss } from './trainNetwork.ts'

export interface AdversarialSettings extends TrainingSettings {
  /** What the errors of AE1 and of AE2 on what AE1 gives count in the score, and in the held-out loss. */
  alpha: number
  beta: number
}

/**
 * Trains two autoencoders with one encoder against each other (USAD: Audibert et al., KDD 2020, algorithm 1). In epoch n the
 * first learns to reconstruct with weight 1/n and to deceive the second with 1 - 1/n; the second to reconstruct with 1/n and
 * to tell the first's reconstructions, by reconstructing them badly, with 1 - 1/n. Same backend, same seed: same weights.
 * @param inputs scaled and within the decoders' bounds; the rest is as for `trainNetwork`. The training loss is that of AE1;
 * the held-out loss is the score of normal windows, as late in the game the second fails on all that the first gives.
 * @returns weights of AE1 (encoder, first decoder), then of AE2 (encoder, second decoder).
 */
export function trainAdversarial(
  tf: TensorFlow,
  { encoder, decoder }: AdversarialGraphs,
  inputs: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  settings: AdversarialSettings,
  onEpoch: (report: EpochReport) => void = () => {},
  checkpoint?: string,
): Trained {
  const { seed, batchSize, learningRate, alpha, beta } = settings
  const graphs = [encoder, decoder, decoder]
  const models = graphs.map((graph, g) => buildModel(tf, graph, 10 * seed + g)) as [
    LayersModel,
    LayersModel,
    LayersModel,
  ]
  const [e, d1, d2] = models
  const ae1 = (x: Tensor) => d1.apply(e.apply(x)) as Tensor
  const ae2 = (x: Tensor) => d2.apply(e.apply(x)) as Tensor
  const firstSteps = new AdamSteps(tf, [...e.trainableWeights, ...d1.trainableWeights], learningRate)
  const secondSteps = new AdamSteps(tf, [...e.trainableWeights, ...d2.trainableWeights], learningRate)
  const layout = batchLayout(tf, encoder, settings.lossWeights)
  const everything = layout.measuredWeights(batchSize)
  const step = (input: Float32Array, target: Float32Array, measured: Float32Array | undefined, epoch: number): number =>
    tf.tidy(() => {
      const [x, y] = [layout.tensor(input), layout.tensor(target)]
      const counts = measured ? everything.mul(layout.tensor(measured)) : everything
      const loss = (output: Tensor) => weightedLoss(output, y, counts)
      const early = 1 / epoch
      const before = tf.tidy(() => loss(ae1(x)).dataSync()[0]!)
      firstSteps.run(() => {
        const first = ae1(x)
        return loss(first)
          .mul(early)
          .add(loss(ae2(first)).mul(1 - early))
      })
      secondSteps.refresh()
      secondSteps.run(() =>
        loss(ae2(x))
          .mul(early)
          .sub(loss(ae2(ae1(x))).mul(1 - early)),
      )
      firstSteps.refresh()
      return before
    })
  const held = heldOut.length === 0 ? undefined : targetOf(heldOut)
  const judge = () =>
    tf.tidy(() => {
      const x = layout.tensor(held!.target)
      const all = layout.measuredWeights(heldOut.length)
      const counts = held!.measured ? all.mul(layout.tensor(held!.measured)) : all
      const first = ae1(x)
      const error = (output: Tensor) => weightedLoss(output, x, counts).dataSync()[0]!
      return alpha * error(first) + beta * error(ae2(first))
    })
  const learner = {
    step,
    judge: held && judge,
    weights: () => {
      return flatten([e, d1, e, d2].map(getWeights))
    },
    moments: () => [...firstSteps.moments(), ...secondSteps.moments()],
    restore: (weights: Float32Array, moments: readonly AdamState[]) => {
      const [shared, own] = [weightCount(encoder), weightCount(decoder)]
      const first = weights.subarray(shared, shared + own)
      setWeights(tf, e, encoder, weights.subarray(0, shared))
      setWeights(tf, d1, decoder, first)
      setWeights(tf, d2, decoder, weights.subarray(2 * shared + own))
      firstSteps.restore(moments.slice(0, moments.length / 2))
      secondSteps.restore(moments.slice(moments.length / 2))
    },
  }
  try {
    const made = { ...settings, encoder, decoder, backend: tf.getBackend(), tf: tf.version.tfjs }
    const resuming =
      checkpoint === undefined ? undefined : { file: checkpoint, madeFor: fingerprint(made, inputs, heldOut) }
    return runEpochs(learner, inputs, settings, onEpoch, resuming)
  } finally {
    everything.dispose()
    for (const model of models) model.dispose()
  }
}
