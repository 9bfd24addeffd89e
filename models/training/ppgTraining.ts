import { typescriptNetwork } from '../engine/typescriptNetwork.ts'
import { fitDetector, networkKinds, scorerOf, type FitOptions, type FittedDetector } from '../detectors/fit.ts'
import { ppgFeaturesFrom, ppgInput, ppgInputLength, ppgSegments } from '../inputs/ppgInput.ts'
import { measurePpg, ppgThreshold, type PpgMeasures, type PpgSource } from './ppgEvaluation.ts'
import { mostNeighbours, ppgInputWeights, ppgTraining, type PpgChoice } from './ppgChoices.ts'
import type { Scorer } from '../scorer.ts'
import type { Scaler } from './scaler.ts'
import { thin } from './split.ts'

/** Different persons in each part. */
export interface PpgSources {
  /** Good windows that models and scaler are learnt from. */
  train: readonly PpgSource[]
  /** Good windows that thresholds are taken from; with those of faulty contact what ships is chosen. */
  calibrate: readonly PpgSource[]
  chooseFaulty: readonly PpgSource[]
  /** Nothing is chosen by them. */
  test: readonly PpgSource[]
  testFaulty: readonly PpgSource[]
}

export interface PpgCandidate extends FittedDetector {
  name: string
  isNetwork: boolean
  threshold: number
  /** By these one is chosen … */
  chosenBy: PpgMeasures
  /** … and these are told of it. */
  measures: PpgMeasures
}

type Fitting = Pick<FitOptions, 'seed' | 'tf' | 'onEpoch'> & { checkpoint?: (name: string) => string }

/** Share of the good windows of each kind, and so of each rhythm, at or below the threshold. */
export const goodBelow = 0.95
/** Share of the weight that must have been measured. */
const leastMeasured = 0.1
/** One person in five is held out of fitting. */
const heldOutEvery = 5
const leastScale = { shape: 0.1, feature: 0.02 } as const

/**
 * Fits every choice on the same windows and holds all against the same unseen persons.
 * @param fitting seed, and TensorFlow.js if there is a network among the choices; the file for a network's state, by its name,
 * from which an interrupted training goes on.
 */
export function comparePpg(
  choices: readonly PpgChoice[],
  { train, calibrate, chooseFaulty, test, testFaulty }: PpgSources,
  { checkpoint, ...fitting }: Fitting,
): PpgCandidate[] {
  const inputs = train.map(({ windows }) => windows.map(({ input }) => input))
  const heldOut = inputs.filter((_, person) => person % heldOutEvery === 0).flat()
  const fitted = inputs.filter((_, person) => person % heldOutEvery !== 0).flat()
  const common: FitOptions = {
    ...fitting,
    heldOut,
    segments: ppgSegments,
    scaler: ppgScaler(fitted),
    inputWeights: ppgInputWeights(),
    weighting: 'by residual',
    compile: typescriptNetwork,
    // A sensor that stands still has features alone.
    leastMeasured,
    training: ppgTraining,
  }
  return choices.map(({ name, kind, options }) => {
    const windows = kind === 'nearest-normal' ? thin(fitted, mostNeighbours) : fitted
    const detector = fitDetector(kind, windows, {
      ...common,
      ...options,
      ...(checkpoint && { checkpoint: checkpoint(name) }),
    })
    const scorer = ppgScorer(detector)
    const threshold = ppgThreshold(scorer, calibrate, goodBelow)
    return {
      ...detector,
      name,
      isNetwork: (networkKinds as readonly string[]).includes(kind),
      threshold,
      chosenBy: measurePpg(scorer, threshold, calibrate, chooseFaulty),
      measures: measurePpg(scorer, threshold, test, testFaulty),
    }
  })
}

/** On the path that every machine has, so that everywhere the same bundle comes out. */
export function ppgScorer(detector: FittedDetector): Scorer {
  return scorerOf(detector, typescriptNetwork)
}

/** The best network if it beats every baseline, otherwise the best baseline; of equals the simpler, which comes first. */
export function bestPpg(candidates: readonly PpgCandidate[]): PpgCandidate {
  const best = (those: readonly PpgCandidate[]): PpgCandidate | undefined =>
    those.reduce<PpgCandidate | undefined>(
      (found, other) => (found === undefined || other.chosenBy.auroc > found.chosenBy.auroc ? other : found),
      undefined,
    )
  const baseline = best(candidates.filter(({ isNetwork }) => !isNetwork))
  const network = best(candidates.filter(({ isNetwork }) => isNetwork))
  if (network && (!baseline || network.chosenBy.auroc > baseline.chosenBy.auroc)) return network
  if (!baseline) throw new RangeError('candidates: expected at least one, received none')
  return baseline
}

/** Each point of a pulse the same for all pulses of a window, as they are interchangeable; each feature on its own. */
export function ppgScaler(windows: readonly Float32Array[]): Scaler {
  const mean = new Float32Array(ppgInputLength)
  const scale = new Float32Array(ppgInputLength)
  const { points } = ppgInput
  const fit = (places: readonly number[], least: number) => {
    const values = windows.flatMap((window) => places.map((i) => window[i]!)).filter((value) => !Number.isNaN(value))
    const middle = values.reduce((sum, value) => sum + value, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length)
    for (const i of places) {
      mean[i] = middle
      scale[i] = Math.max(least, spread)
    }
  }
  for (let k = 0; k < points; k++) {
    fit(
      Array.from({ length: ppgInput.pulses }, (_, pulse) => pulse * points + k),
      leastScale.shape,
    )
  }
  for (let i = ppgFeaturesFrom; i < ppgInputLength; i++) fit([i], leastScale.feature)
  return { mean, scale }
}
