import type { LayersModel, Scalar, Tensor, Variable } from '@tensorflow/tfjs'
import type { Graph } from '../graph/graph.ts'
import { buildModel, getWeights } from '../graph/tensorflow.ts'
import { Adam } from './adam.ts'
import type { TensorFlow } from './backend.ts'
import { seededRandom, shuffle, smoothNoise } from './random.ts'

export interface TrainingSettings {
  seed: number
  epochs: number
  /** Epochs without a better held-out loss after which training stops; the best weights are kept. */
  patience: number
  batchSize: number
  learningRate: number
  /** Standard deviation of the noise added to a scaled input, but not to the target (Vincent et al., ICML 2008). */
  noise: number
  /** What each input's squared error counts in the loss. */
  lossWeights: Float32Array
}

export interface Trained {
  /** In the graph's order. */
  weights: Float32Array
  /** Epochs after which these weights were reached. */
  epochs: number
  /** Loss after each epoch: of the held-out inputs, or else the mean over the epoch's batches. */
  losses: number[]
}

/**
 * Trains an autoencoder on scaled inputs (each as long as the graph's input) with Adam, in an own seeded loop, as `model.fit` shuffles
 * unseeded. Same backend, same seed: same weights, bit for bit. The rows left over by the last whole batch of an epoch wait
 * for the next shuffle.
 * @param heldOut for early stopping; empty: all epochs are run.
 * @throws RangeError where there is not one whole batch.
 */
export function trainNetwork(
  tf: TensorFlow,
  graph: Graph,
  inputs: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  settings: TrainingSettings,
  onEpoch: () => void = () => {},
): Trained {
  const { batchSize, lossWeights, noise } = settings
  const batches = Math.floor(inputs.length / batchSize)
  if (batches === 0) throw new RangeError(`training inputs: expected at least ${batchSize}, received ${inputs.length}`)
  const random = seededRandom(settings.seed)
  const model = buildModel(tf, graph, settings.seed)
  const step = gradientStep(tf, model, graph, settings)
  const judge = heldOutLoss(tf, model, graph, heldOut, lossWeights)
  const order = Int32Array.from(inputs.keys())
  const losses: number[] = []
  let best = { loss: Infinity, weights: new Float32Array(), epochs: 0 }
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    shuffle(order, random)
    let sum = 0
    for (let from = 0; from < batches * batchSize; from += batchSize) {
      const rows = Array.from(order.subarray(from, from + batchSize), (index) => inputs[index]!)
      const clean = flatten(rows)
      sum += step(noise > 0 ? clean.map((value) => value + noise * smoothNoise(random)) : clean, clean)
    }
    const loss = judge?.() ?? sum / batches
    losses.push(loss)
    onEpoch()
    if (judge === undefined || loss < best.loss) best = { loss, weights: getWeights(model), epochs: epoch }
    else if (epoch - best.epochs >= settings.patience) break
  }
  tf.disposeVariables()
  return { weights: best.weights, epochs: best.epochs, losses }
}

/** One step of Adam on a batch, given noisy and clean; returns the loss before it. */
function gradientStep(tf: TensorFlow, model: LayersModel, graph: Graph, settings: TrainingSettings) {
  const shape = [settings.batchSize, ...graph.input]
  // As wide as the batch: pure TensorFlow.js broadcasts slowly.
  const lossWeights = tf.variable(tf.tensor(repeat(settings.lossWeights, settings.batchSize), shape), false)
  const parameters = model.trainableWeights.map((weight) => {
    const variable = weight.read() as Variable
    return {
      variable,
      values: variable.dataSync<'float32'>().slice(),
      adam: new Adam(variable.size, settings.learningRate),
    }
  })
  return (noisy: Float32Array, clean: Float32Array): number =>
    tf.tidy(() => {
      const [input, target] = [tf.tensor(noisy, shape), tf.tensor(clean, shape)]
      const loss = () => weightedLoss(model.apply(input, { training: true }) as Tensor, target, lossWeights)
      const { value, grads } = tf.variableGrads(
        loss,
        parameters.map((parameter) => parameter.variable),
      )
      for (const { variable, values, adam } of parameters) {
        adam.step(values, grads[variable.name]!.dataSync<'float32'>())
        variable.assign(tf.tensor(values.slice(), variable.shape))
      }
      return value.dataSync()[0]!
    })
}

function heldOutLoss(
  tf: TensorFlow,
  model: LayersModel,
  graph: Graph,
  rows: readonly Float32Array[],
  lossWeights: Float32Array,
) {
  if (rows.length === 0) return undefined
  const shape = [rows.length, ...graph.input]
  const inputs: Tensor = tf.variable(tf.tensor(flatten(rows), shape), false)
  const weights = tf.variable(tf.tensor(repeat(lossWeights, rows.length), shape), false)
  return () => tf.tidy(() => weightedLoss(model.predict(inputs) as Tensor, inputs, weights).dataSync()[0]!)
}

function weightedLoss(output: Tensor, target: Tensor, lossWeights: Tensor): Scalar {
  return output.sub(target).square().mul(lossWeights).mean()
}

function flatten(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]!.length
  const flat = new Float32Array(rows.length * width)
  rows.forEach((row, r) => flat.set(row, r * width))
  return flat
}

function repeat(row: Float32Array, times: number): Float32Array {
  return flatten(Array.from({ length: times }, () => row))
}
