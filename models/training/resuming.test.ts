import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { adversarialAutoencoders } from '../architectures/adversarial.ts'
import { convolutionalAutoencoder } from '../architectures/convolutional.ts'
import { denseAutoencoder } from '../architectures/dense.ts'
import type { Graph } from '../graph/graph.ts'
import { Adam } from './adam.ts'
import { loadBackend, type TensorFlow } from './backend.ts'
import type { EpochReport, Trained, TrainingSettings } from './epochs.ts'
import { SeededRandom, seededRandom } from './random.ts'
import { trainAdversarial } from './trainAdversarial.ts'
import { trainNetwork } from './trainNetwork.ts'

const folder = mkdtempSync(join(tmpdir(), 'resuming-'))
afterAll(() => rmSync(folder, { recursive: true }))

const settings: TrainingSettings = {
  seed: 5,
  epochs: 7,
  patience: 3,
  batchSize: 8,
  learningRate: 5e-3,
  noise: 0.1,
  lossWeights: new Float32Array(6).fill(1),
  hiddenShare: 0.2,
  channels: 2,
}

/** Two channels, one after the other; some values missing. */
function rows(count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, r) => {
    const t = random() - 0.5
    return Float32Array.of(t, 2 * t, 3 * t, -t, r % 5 === 0 ? NaN : -2 * t, -3 * t)
  })
}

type Train = (
  tf: TensorFlow,
  onEpoch?: (report: EpochReport) => void,
  checkpoint?: string,
  more?: Partial<TrainingSettings>,
) => Trained

const network =
  (graph: Graph, heldOut: readonly Float32Array[]): Train =>
  (tf, onEpoch, checkpoint, more) =>
    trainNetwork(tf, graph, rows(44, 1), heldOut, { ...settings, ...more }, onEpoch, checkpoint)

const normalised: Graph = {
  input: [6],
  layers: [
    { kind: 'dense', units: 4, activation: 'leakyRelu' },
    { kind: 'batchNormalization', epsilon: 1e-3 },
    { kind: 'dense', units: 6, activation: 'linear' },
  ],
}

const trainings: Record<string, Train> = {
  'dense, early stopping': network(denseAutoencoder(6, [4, 2, 4]), rows(12, 2)),
  'dense, all epochs': network(denseAutoencoder(6, [4, 2, 4]), []),
  'with batch normalisation, whose statistics go on too': network(normalised, rows(12, 2)),
  convolutional: network(convolutionalAutoencoder(3, 2, { filters: [3], kernelSize: 3, code: 2 }), rows(12, 2)),
  adversarial: (tf, onEpoch, checkpoint, more) =>
    trainAdversarial(
      tf,
      adversarialAutoencoders(6, [4, 2]),
      rows(44, 1),
      rows(12, 2),
      { ...settings, ...more, alpha: 0.5, beta: 0.5 },
      onEpoch,
      checkpoint,
    ),
}

class Interruption extends Error {}

function interruptAfter(epochs: number): (report: EpochReport) => void {
  return ({ epoch }) => {
    if (epoch === epochs) throw new Interruption()
  }
}

const bytes = ({ weights }: Trained) => Buffer.from(weights.buffer).toString('base64')

describe.each(Object.entries(trainings))('an interrupted training (%s)', (name, train) => {
  const file = (what: string) => join(folder, `${name} ${what}`.replaceAll(' ', '-'))

  test('goes on to the same weights and losses, bit for bit', async () => {
    const { tf } = await loadBackend('js')
    const whole = train(tf)
    const interrupted = file('resumed')
    for (const epochs of [1, 2, 5]) {
      const run = () => train(tf, interruptAfter(epochs), interrupted)
      if (epochs <= whole.losses.length) expect(run).toThrow(Interruption)
    }
    const epochsSeen: number[] = []
    const resumed = train(tf, ({ epoch }) => epochsSeen.push(epoch), interrupted)
    expect(bytes(resumed)).toBe(bytes(whole))
    expect({ ...resumed, weights: 0 }).toEqual({ ...whole, weights: 0 })
    expect(epochsSeen).not.toContain(2)
    // Once finished it only gives its result again.
    expect(bytes(train(tf, interruptAfter(1), interrupted))).toBe(bytes(whole))
  })

  test('does not go on with other settings, nor from a damaged file', async () => {
    const { tf } = await loadBackend('js')
    const interrupted = file('other')
    expect(() => train(tf, interruptAfter(1), interrupted)).toThrow(Interruption)
    expect(() => train(tf, undefined, interrupted, { seed: 6 })).toThrow('expected the settings, data and backend')
    const content = readFileSync(interrupted)
    content[content.length - 5]! ^= 1
    writeFileSync(interrupted, content)
    expect(() => train(tf, undefined, interrupted)).toThrow('expected an undamaged file')
  })

  test('leaves no tensors behind', async () => {
    const { tf } = await loadBackend('js')
    train(tf, undefined, undefined, { epochs: 1 })
    const before = tf.memory().numTensors
    train(tf, undefined, undefined, { epochs: 2 })
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('a training that diverges says so', async () => {
  const { tf } = await loadBackend('js')
  const wild = { ...settings, learningRate: 1e30, noise: 0 }
  expect(() => trainNetwork(tf, denseAutoencoder(6, [4]), rows(44, 1), rows(9, 2), wild)).toThrow(
    'expected a finite loss',
  )
})

test('missing values are not learnt: what stands for them does not matter', async () => {
  const { tf } = await loadBackend('js')
  // A third of the windows lack the second channel; the others have it at 3 always.
  const windows = Array.from({ length: 96 }, (_, r) => Float32Array.of(r % 2, r % 3 === 0 ? NaN : 3))
  const one = {
    ...settings,
    epochs: 150,
    learningRate: 2e-2,
    noise: 0,
    hiddenShare: 0,
    lossWeights: Float32Array.of(1, 1),
  }
  const { weights } = trainNetwork(tf, denseAutoencoder(2, []), windows, [], one)
  // One linear layer: kernel [2, 2], then bias. Had 0 been learnt where the second value is missing, the way from it to itself
  // would be 1 and its bias 0; so any two that give 3 for 3 will do.
  const [way, bias] = [weights[3]!, weights[5]!]
  expect(3 * way + bias).toBeCloseTo(3, 1)
  expect(Math.abs(bias)).toBeGreaterThan(0.3)
})

test('a stream of random numbers and Adam go on from a kept state', () => {
  const [random, adam, parameters] = [new SeededRandom(3), new Adam(2, 0.1), Float32Array.of(1, -1)]
  for (let i = 0; i < 10; i++) adam.step(parameters, Float32Array.of(random.next(), random.next()))
  const [again, other, copy] = [new SeededRandom(random.state), new Adam(2, 0.1), parameters.slice()]
  other.restore(adam.state())
  for (let i = 0; i < 10; i++) {
    adam.step(parameters, Float32Array.of(random.next(), random.next()))
    other.step(copy, Float32Array.of(again.next(), again.next()))
  }
  expect(copy).toEqual(parameters)
  expect(() => new Adam(3, 0.1).restore(adam.state())).toThrow('moments: expected 3, received 2')
})
