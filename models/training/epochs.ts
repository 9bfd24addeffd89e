import type { AdamState } from './adam.ts'
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.ts'
import { SeededRandom, shuffle, smoothNoise } from './random.ts'

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
  /** Chance that a channel of an input, but not of the target, is hidden, so that a missing one can be made up for; none: 0. */
  hiddenShare?: number
  /** Equally long parts of an input, one after another, that may be missing as a whole; 1. */
  channels?: number
}

export interface Trained {
  /** In the graph's order. */
  weights: Float32Array<ArrayBuffer>
  /** Epochs after which these weights were reached. */
  epochs: number
  /** Loss after each epoch: of the held-out inputs, or else the mean over the epoch's batches. */
  losses: number[]
  /** Mean over each epoch's batches, each before its step. */
  trainingLosses: number[]
}

export interface EpochReport {
  epoch: number
  /** Epochs that are run at most. */
  epochs: number
  loss: number
  trainingLoss: number
}

/** What is trained, batch by batch. */
export interface Learner {
  /**
   * One step on a batch, rows one after another; returns the loss before it.
   * @param measured 0 where the target is missing; undefined where nothing is.
   * @param epoch from 1.
   */
  step(input: Float32Array, target: Float32Array, measured: Float32Array | undefined, epoch: number): number
  /** Loss on held-out inputs, if there are any. */
  judge: (() => number) | undefined
  weights(): Float32Array<ArrayBuffer>
  moments(): AdamState[]
  restore(weights: Float32Array, moments: readonly AdamState[]): void
}

/** Where the state is kept after each epoch; what lies there already is gone on from. */
export interface Resuming {
  file: string
  /** See `fingerprint`. */
  madeFor: string
}

/**
 * Runs epochs of a seeded order and noise until the held-out loss no longer falls. Same learner, same seed: same weights, bit
 * for bit, interrupted or not. The rows left over by the last whole batch of an epoch wait for the next shuffle.
 * @param inputs scaled; NaN where a value is missing: shown as 0, and not counted in the loss.
 * @throws RangeError where there is not one whole batch; Error where the loss is lost, and for a checkpoint that does not fit.
 */
export function runEpochs(
  learner: Learner,
  inputs: readonly Float32Array[],
  settings: TrainingSettings,
  onEpoch: (report: EpochReport) => void,
  resuming?: Resuming,
): Trained {
  const { batchSize, epochs, patience } = settings
  const batches = Math.floor(inputs.length / batchSize)
  if (batches === 0) throw new RangeError(`training inputs: expected at least ${batchSize}, received ${inputs.length}`)
  const state: Omit<Checkpoint, 'madeFor' | 'weights' | 'moments' | 'randomState'> = {
    epoch: 0,
    order: Int32Array.from(inputs.keys()),
    best: { loss: Infinity, weights: new Float32Array(), epochs: 0 },
    losses: [],
    trainingLosses: [],
  }
  const random = new SeededRandom(settings.seed)
  const checkpoint = resuming && readCheckpoint(resuming.file, resuming.madeFor)
  if (checkpoint) {
    const { weights, moments, randomState, ...rest } = checkpoint
    learner.restore(weights, moments)
    random.state = randomState
    Object.assign(state, rest)
  }
  const finished = () => learner.judge !== undefined && state.epoch - state.best.epochs >= patience
  while (state.epoch < epochs && !finished()) {
    const epoch = ++state.epoch
    shuffle(state.order, random.next)
    let sum = 0
    for (let from = 0; from < batches * batchSize; from += batchSize) {
      const rows = Array.from(state.order.subarray(from, from + batchSize), (index) => inputs[index]!)
      const { target, measured } = targetOf(rows)
      sum += learner.step(spoiled(target, rows[0]!.length, settings, random.next), target, measured, epoch)
    }
    const trainingLoss = sum / batches
    const loss = learner.judge?.() ?? trainingLoss
    if (!Number.isFinite(loss)) {
      throw new Error(`training: expected a finite loss, received ${loss} in epoch ${epoch}; try a lower learning rate`)
    }
    state.losses.push(loss)
    state.trainingLosses.push(trainingLoss)
    const better = learner.judge === undefined || loss < state.best.loss
    if (better) state.best = { loss, weights: learner.weights(), epochs: epoch }
    if (resuming) {
      const [weights, moments] = [learner.weights(), learner.moments()]
      writeCheckpoint(resuming.file, {
        ...state,
        weights,
        moments,
        randomState: random.state,
        madeFor: resuming.madeFor,
      })
    }
    onEpoch({ epoch, epochs, loss, trainingLoss })
  }
  const { best, losses, trainingLosses } = state
  return { weights: Float32Array.from(best.weights), epochs: best.epochs, losses, trainingLosses }
}

/** Rows as one array, with 0 where something is missing, and what was measured if not all was. */
export function targetOf(rows: readonly Float32Array[]): { target: Float32Array; measured: Float32Array | undefined } {
  const target = flatten(rows)
  if (!target.some(Number.isNaN)) return { target, measured: undefined }
  const measured = target.map((value) => (Number.isNaN(value) ? 0 : 1))
  return { target: target.map((value) => (Number.isNaN(value) ? 0 : value)), measured }
}

/** Arrays one after another. */
export function flatten(rows: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0))
  let from = 0
  for (const row of rows) {
    flat.set(row, from)
    from += row.length
  }
  return flat
}

function spoiled(
  clean: Float32Array,
  width: number,
  { noise, hiddenShare = 0, channels = 1 }: TrainingSettings,
  random: () => number,
): Float32Array {
  const input = noise > 0 ? clean.map((value) => value + noise * smoothNoise(random)) : clean.slice()
  const length = width / channels
  for (let from = 0; hiddenShare > 0 && from < input.length; from += length) {
    if (random() < hiddenShare) input.fill(0, from, from + length)
  }
  return input
}
