import type { Compile } from '../detectors/model.ts'
import { scaleWindow } from '../detectors/scaling.ts'
import type { Scorer } from '../scorer.ts'
import type { TensorFlow } from '../training/backend.ts'
import { quantile } from '../training/measures.ts'
import { lossWeightsOf, scorerFor, type Anchor, type InItsPlace } from './anchor.ts'
import { boundedStep } from './bounds.ts'
import { selectMajority, type WearerWindow } from './majority.ts'
import type { PersonalDrift, WindowCounts } from './personal.ts'
import { makeProbes } from './probes.ts'
import { tunedParameters, withTwin } from './twin.ts'

/** `own`: moved with the wearer's own scores, within bounds; `population`: as it was. */
export const thresholdChoices = ['population', 'own'] as const
export type ThresholdChoice = (typeof thresholdChoices)[number]

export interface PersonaliseOptions {
  seed: number
  tf: TensorFlow
  threshold?: ThresholdChoice
  compile?: Compile
}

/** A personal model; same input and scaler as the anchor's. */
export interface Personalised extends InItsPlace {
  threshold: number
  /** See `personalSchema`. */
  anchorShare: number
  windows: WindowCounts
  drift: PersonalDrift
}

/** The same for every wearer; how they were chosen is in README.md. */
export const personalChoices = {
  epochs: 40,
  batchSize: 32,
  learningRate: 1e-3,
  noise: 0.15,
  anchorStrength: 1,
  tunedLayers: 4,
  /** Windows to learn from: a minute of beats, or an hour of a window a minute; two batches. */
  leastWindows: 64,
  /** Of the assessable windows; with fewer there is no majority that the population model knows. */
  leastKnownShare: 0.3,
  mostWeights: 0.5,
  leastProbes: 0.6,
  mostThreshold: 1.5,
} as const

/**
 * Tunes the population model to one wearer's majority behaviour. The personal model is the anchor, frozen, and its tuned twin,
 * each half of the score: no score falls below half of the anchor's, whatever the window and whatever was learnt. A model
 * without an autoencoder keeps its parameters. Same backend, same seed: same parameters, bit for bit.
 * @throws Error where there are too few windows, or where most are strange to the population model.
 */
export function personalise(
  anchor: Anchor,
  windows: readonly WearerWindow[],
  options: PersonaliseOptions,
): Personalised {
  const { seed, tf, compile } = options
  const { mostWeights, leastProbes, mostThreshold } = personalChoices
  const population = scorerFor(anchor, anchor, compile)
  const { selected, counts } = selectMajority(windows, population, anchor.threshold, anchor.scoring)
  checkCounts(counts)
  const scaled = selected.map((input) => scaleWindow(anchor.scoring, input))
  const settings = { ...personalChoices, seed, lossWeights: lossWeightsOf(anchor.kind) }
  const tuned = tunedParameters(tf, anchor, scaled, settings)
  const probes = makeProbes(anchor, population)
  const kept = (twin: Float32Array) =>
    leastShare(scorerFor(anchor, withTwin(anchor, twin), compile), population, probes)
  const { parameters, ...step } = boundedStep(anchor.parameters, tuned ?? anchor.parameters, kept, personalChoices)
  const result = tuned
    ? { ...withTwin(anchor, parameters), anchorShare: 0.5 }
    : { model: anchor.model, parameters, anchorShare: 1 }
  const threshold =
    options.threshold === 'own' ? thresholdRatio(anchor, scorerFor(anchor, result, compile), selected) : 1
  return {
    ...result,
    threshold: threshold * anchor.threshold,
    windows: counts,
    drift: { ...step, mostWeights, leastProbes, threshold, mostThreshold },
  }
}

function checkCounts({ offered, flagged, unscored, unusual, used }: WindowCounts): void {
  const { leastWindows, leastKnownShare } = personalChoices
  const assessable = offered - flagged - unscored
  const known = assessable - unusual
  if (used < leastWindows) {
    throw new Error(`windows to learn from: expected at least ${leastWindows}, received ${used} of ${offered}`)
  }
  if (known < leastKnownShare * assessable) {
    const expected = `at least ${leastKnownShare * 100} %`
    throw new Error(`windows known to the population model: expected ${expected}, received ${known} of ${assessable}`)
  }
}

/** Of the anchor's score that is left, over the probes. */
function leastShare(personal: Scorer, population: Scorer, probes: readonly Float32Array[]): number {
  return probes.reduce(
    (least, probe) => Math.min(least, (personal.score(probe)?.score ?? 0) / population.score(probe)!.score),
    1,
  )
}

/** The wearer's median score over that of people in general, bounded. */
function thresholdRatio(anchor: Anchor, personal: Scorer, windows: readonly Float32Array[]): number {
  const { mostThreshold } = personalChoices
  const scores = windows.flatMap((input) => personal.score(input)?.score ?? [])
  const ratio = quantile(scores, 0.5) / anchor.usualScore
  return Math.min(mostThreshold, Math.max(1 / mostThreshold, ratio))
}
