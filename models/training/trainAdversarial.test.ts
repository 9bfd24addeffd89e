import type { LayersModel, Scalar, Tensor, Variable } from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { adversarialAutoencoders } from '../architectures/adversarial.ts'
import { chain } from '../architectures/chain.ts'
import { weightCount, type Graph } from '../graph/graph.ts'
import { buildModel, getWeights, setWeights } from '../graph/tensorflow.ts'
import { loadBackend, type TensorFlow } from './backend.ts'
import { flatten } from './epochs.ts'
import { auroc } from './measures.ts'
import { seededRandom } from './random.ts'
import { trainAdversarial, type AdversarialSettings } from './trainAdversarial.ts'

const inputs = 6
const graphs = adversarialAutoencoders(inputs, [5, 3])
const settings: AdversarialSettings = {
  seed: 4,
  epochs: 5,
  patience: 5,
  batchSize: 16,
  learningRate: 5e-3,
  noise: 0,
  alpha: 0.5,
  beta: 0.5,
  lossWeights: new Float32Array(inputs).fill(1),
}

/** Points on a line in six dimensions. */
function rows(count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const t = 2 * random() - 1
    return Float32Array.from([0.4, -0.4, 0.8, 0.2, 0.4, -0.8], (slope) => slope * t)
  })
}

/** Algorithm 1 of the paper as it stands there, with TensorFlow.js's own Adam; all rows are one batch. */
function reference(tf: TensorFlow, batch: readonly Float32Array[], epochs: number): Float32Array {
  const build = (graph: typeof graphs.encoder, part: number) => buildModel(tf, graph, 10 * settings.seed + part)
  const [e, d1, d2] = [build(graphs.encoder, 0), build(graphs.decoder, 1), build(graphs.decoder, 2)]
  const w = tf.tensor(flatten(batch), [batch.length, inputs])
  const ae = (decoder: LayersModel, x: Tensor) => decoder.apply(e.apply(x)) as Tensor
  const error = (output: Tensor): Scalar => w.sub(output).square().mean()
  const variables = (...models: LayersModel[]) =>
    models.flatMap((model) => model.trainableWeights.map((weight) => weight.read() as Variable))
  const [optimizer1, optimizer2] = [0, 1].map(() => tf.train.adam(settings.learningRate, 0.9, 0.999, 1e-8))
  for (let n = 1; n <= epochs; n++) {
    const loss1 = () =>
      error(ae(d1, w))
        .mul<Scalar>(1 / n)
        .add<Scalar>(error(ae(d2, ae(d1, w))).mul(1 - 1 / n))
    optimizer1!.minimize(loss1, false, variables(e, d1))
    const loss2 = () =>
      error(ae(d2, w))
        .mul<Scalar>(1 / n)
        .sub<Scalar>(error(ae(d2, ae(d1, w))).mul(1 - 1 / n))
    optimizer2!.minimize(loss2, false, variables(e, d2))
  }
  return flatten([e, d1, e, d2].map(getWeights))
}

test('it does what the paper says, step by step', async () => {
  const { tf } = await loadBackend('js')
  const batch = rows(settings.batchSize, 1)
  const { weights } = trainAdversarial(tf, graphs, batch, [], settings)
  const expected = reference(tf, batch, settings.epochs)
  weights.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4))
})

test('both of its errors are low for usual windows and higher for deviating ones', async () => {
  const { tf } = await loadBackend('js')
  const longer = { ...settings, epochs: 30, patience: 30, learningRate: 2e-3 }
  const { weights, losses, epochs } = trainAdversarial(tf, graphs, rows(160, 1), rows(40, 2), longer)
  expect(losses[epochs - 1]).toBe(Math.min(...losses))
  const autoencoder = chain(graphs.encoder, graphs.decoder)
  const usual = rows(60, 3)
  const deviating = rows(60, 3).map((row) => row.with(2, -row[2]!).with(5, 0.9))
  const own = weights.slice(0, weightCount(autoencoder))
  for (const [graph, part] of [[autoencoder, own] as const, [chain(autoencoder, autoencoder), weights] as const]) {
    const area = auroc(errors(tf, graph, part, deviating), errors(tf, graph, part, usual))
    expect(area).toBeGreaterThan(0.8)
  }
})

function errors(tf: TensorFlow, graph: Graph, weights: Float32Array, windows: readonly Float32Array[]): number[] {
  const model = buildModel(tf, graph, 0)
  setWeights(tf, model, graph, weights)
  const output = model.predict(tf.tensor(flatten(windows), [windows.length, inputs])) as Tensor
  const values = output.dataSync<'float32'>()
  return windows.map((window, w) => window.reduce((sum, value, i) => sum + (value - values[w * inputs + i]!) ** 2, 0))
}
