import { adversarialAutoencoders } from '../architectures/adversarial.ts'
import { chain } from '../architectures/chain.ts'
import { convolutionalAutoencoder, type ConvolutionalSettings } from '../architectures/convolutional.ts'
import { denseAutoencoder } from '../architectures/dense.ts'
import { lstmAutoencoder } from '../architectures/lstm.ts'
import type { Graph } from '../graph/graph.ts'
import { graphSchema } from '../graph/graphSchema.ts'
import type { InputSegment } from '../inputs/inputSchema.ts'
import { Scorer, type Scoring } from '../scorer.ts'
import type { TensorFlow } from '../training/backend.ts'
import { flatten, type EpochReport, type Trained, type TrainingSettings } from '../training/epochs.ts'
import type { Scaler } from '../training/scaler.ts'
import { trainAdversarial } from '../training/trainAdversarial.ts'
import { trainNetwork } from '../training/trainNetwork.ts'
import type { Comparison } from './baselines/nearestNormal.ts'
import { fitPca, type PcaChoice } from './baselines/pca.ts'
import { fitRobustScaler } from './baselines/zScore.ts'
import { createTerms, type Compile, type Model } from './model.ts'
import { fitScoreWeights } from './scoreWeights.ts'
import { fitStandardScaler, scaleWindow } from './scaling.ts'

/** Networks, then the baselines that they must beat to be shipped. */
export const networkKinds = ['dense', 'convolutional', 'lstm', 'adversarial'] as const
export const baselineKinds = ['z-score', 'pca', 'nearest-normal'] as const
export const detectorKinds = [...networkKinds, ...baselineKinds] as const
export type DetectorKind = (typeof detectorKinds)[number]

export interface FitOptions {
  seed: number
  /** For networks; see `loadBackend`. */
  tf?: TensorFlow
  /** Equally long parts of a window, one after another: signals. 1. */
  channels?: number
  /** For the attribution; by default one a channel: `channel 0`, … */
  segments?: readonly InputSegment[]
  /** Normal windows that are not learnt from: for early stopping, and for what an error counts. */
  heldOut?: readonly Float32Array[]
  /** By default medians and spreads for the z-score, else as `scaling` says. */
  scaler?: Scaler
  /** Whether inputs of a channel share a scale. `each channel`. */
  scaling?: 'each channel' | 'each input'
  /** What inputs count, in the loss and in the score, relative to each other; 1 each. */
  inputWeights?: Float32Array
  /** Whether an input counts the more the better it is usually reconstructed. `even`. */
  weighting?: 'even' | 'by residual'
  leastMeasured?: number
  training?: Partial<Omit<TrainingSettings, 'seed' | 'channels'>>
  /**
   * Neighbouring points of a channel over which an autoencoder's errors are averaged before they count: an odd number, for
   * signals sampled finely enough that neighbours are alike. 1.
   */
  averagedErrors?: number
  /** Share of an autoencoder's reconstruction that counts (see `shrunk`), 1. */
  reconstructedShare?: number
  /** Widths of a dense autoencoder, or of an adversarial one down to its code. */
  hidden?: readonly number[]
  convolutional?: ConvolutionalSettings
  lstmUnits?: number
  /** Shares of the two errors of an adversarial pair. */
  adversarial?: { alpha: number; beta: number }
  pca?: Partial<PcaChoice>
  compare?: Comparison
  onEpoch?: (report: EpochReport) => void
  /** File from which an interrupted training goes on. */
  checkpoint?: string
  compile?: Compile
}

/** A model with all that its scores need. */
export interface FittedDetector {
  model: Model
  parameters: Float32Array<ArrayBuffer>
  scoring: Scoring
  /** Of networks. */
  trained?: Omit<Trained, 'weights'>
}

/** Scaled values that an adversarial pair can tell apart lie within this. */
const adversarialRange = 4

/**
 * Fits a detector of any kind to normal windows, in the signal's units, NaN where a value is missing. Same kind, windows,
 * options and backend: the same detector. The score is about 1 on average over the held-out windows, or else the windows.
 * @throws RangeError without windows, for windows of different lengths, and for a network without `tf`.
 */
export function fitDetector(kind: DetectorKind, windows: readonly Float32Array[], options: FitOptions): FittedDetector {
  const { channels = 1, heldOut = [], scaling = 'each channel' } = options
  const inputs = checkWindows([...windows, ...heldOut], windows.length, channels)
  const scaler =
    options.scaler ?? (kind === 'z-score' ? fitRobustScaler(windows) : fitStandardScaler(windows, channels, scaling))
  const scaled = windows.map((window) => scaleWindow(scaler, window))
  const scaledHeldOut = heldOut.map((window) => scaleWindow(scaler, window))
  const fitted = fitModel(kind, scaled, scaledHeldOut, options)
  const terms = createTerms(fitted.model, inputs, fitted.parameters, options.compile)
  const weight = fitScoreWeights(terms, heldOut.length > 0 ? scaledHeldOut : scaled, {
    inputWeights: options.inputWeights ?? new Float32Array(inputs).fill(1),
    weighting: options.weighting ?? 'even',
    leaveOneOut: heldOut.length === 0,
  })
  const segments = options.segments ?? channelSegments(inputs, channels)
  const { leastMeasured } = options
  return {
    ...fitted,
    scoring: { ...scaler, weight, segments, ...(leastMeasured === undefined ? {} : { leastMeasured }) },
  }
}

/** The scorer of a detector. */
export function scorerOf({ model, parameters, scoring }: FittedDetector, compile?: Compile): Scorer {
  return new Scorer(createTerms(model, scoring.mean.length, parameters, compile), scoring)
}

function fitModel(
  kind: DetectorKind,
  windows: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  options: FitOptions,
): Omit<FittedDetector, 'scoring'> {
  const { channels = 1, compare = 'as measured' } = options
  const inputs = windows[0]!.length
  const steps = inputs / channels
  switch (kind) {
    case 'dense':
      return trained(kind, denseAutoencoder(inputs, options.hidden ?? [32, 8, 32]), windows, heldOut, options)
    case 'convolutional': {
      const graph = convolutionalAutoencoder(steps, channels, options.convolutional)
      return trained(kind, graph, windows, heldOut, options)
    }
    case 'lstm':
      return trained(kind, lstmAutoencoder(steps, channels, options.lstmUnits), windows, heldOut, options)
    case 'adversarial':
      return adversarial(windows, heldOut, options)
    case 'z-score':
      return { model: { kind }, parameters: new Float32Array() }
    case 'pca': {
      const choice = { share: 0.95, most: 32, ...options.pca }
      const { components, parameters } = fitPca(windows.map(filled), choice)
      return { model: { kind, components }, parameters }
    }
    case 'nearest-normal':
      return { model: { kind, windows: windows.length, compare }, parameters: flatten(windows.map(filled)) }
  }
}

function trained(
  architecture: 'dense' | 'convolutional' | 'lstm',
  graph: Graph,
  windows: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  options: FitOptions,
): Omit<FittedDetector, 'scoring'> {
  const settings = settingsOf(windows, options)
  const { onEpoch, checkpoint, averagedErrors: points = 1, reconstructedShare = 1, channels = 1 } = options
  const { weights, ...rest } = trainNetwork(tfOf(options), graph, windows, heldOut, settings, onEpoch, checkpoint)
  const averaging = points > 1 && { averagedErrors: { points, channels } }
  const shrinking = reconstructedShare < 1 && { reconstructedShare }
  const model = { kind: 'autoencoder', architecture, graph: plain(graph), ...averaging, ...shrinking } as const
  return { model, parameters: weights, trained: rest }
}

function adversarial(
  windows: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  options: FitOptions,
): Omit<FittedDetector, 'scoring'> {
  const { onEpoch, checkpoint } = options
  const graphs = adversarialAutoencoders(windows[0]!.length, options.hidden ?? [32, 8])
  const within = (rows: readonly Float32Array[]) => rows.map((row) => row.map((value) => value / adversarialRange))
  const { alpha, beta } = options.adversarial ?? { alpha: 0.5, beta: 0.5 }
  // The held-out loss rises and falls while each learns of the other: no early stop by default.
  const calm = { epochs: 60, learningRate: 1e-3, ...options.training }
  const usual = settingsOf(windows, { ...options, training: { patience: calm.epochs, ...calm } })
  const settings = { ...usual, alpha, beta }
  settings.noise /= adversarialRange
  const { weights, ...rest } = trainAdversarial(
    tfOf(options),
    graphs,
    within(windows),
    within(heldOut),
    settings,
    onEpoch,
    checkpoint,
  )
  const autoencoder = plain(chain(graphs.encoder, graphs.decoder))
  const model = { kind: 'adversarial', autoencoder, second: autoencoder, alpha, beta, range: adversarialRange } as const
  return { model, parameters: weights, trained: rest }
}

function settingsOf(windows: readonly Float32Array[], { seed, channels, inputWeights, training }: FitOptions) {
  return {
    seed,
    channels: channels ?? 1,
    epochs: 60,
    patience: 6,
    batchSize: Math.min(64, windows.length),
    learningRate: 2e-3,
    noise: 0.1,
    lossWeights: inputWeights ?? new Float32Array(windows[0]!.length).fill(1),
    ...training,
  }
}

function tfOf({ tf }: FitOptions): TensorFlow {
  if (tf === undefined) throw new RangeError('options.tf: expected TensorFlow.js for a network, received undefined')
  return tf
}

function checkWindows(windows: readonly Float32Array[], learnt: number, channels: number): number {
  const inputs = windows[0]?.length ?? 0
  if (learnt === 0 || inputs === 0) throw new RangeError('windows: expected at least one, received none')
  if (inputs % channels !== 0) {
    throw new RangeError(`windows: expected ${channels} channels of equal length, received ${inputs} values`)
  }
  const other = windows.findIndex((window) => window.length !== inputs)
  if (other >= 0)
    throw new RangeError(`windows[${other}]: expected ${inputs} values, received ${windows[other]!.length}`)
  return inputs
}

function channelSegments(inputs: number, channels: number): InputSegment[] {
  const steps = inputs / channels
  return Array.from({ length: channels }, (_, c) => ({ name: `channel ${c}`, from: c * steps, to: (c + 1) * steps }))
}

/** Missing values as 0: the mean. */
function filled(window: Float32Array): Float32Array {
  return window.map((value) => (Number.isNaN(value) ? 0 : value))
}

/** With arrays of its own, as a manifest has them. */
function plain(graph: Graph) {
  return graphSchema.parse(graph)
}
