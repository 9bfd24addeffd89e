import { fitDetector, scorerOf, type DetectorKind, type FittedDetector, type FitOptions } from '../detectors/fit.ts'
import { fitStandardScaler } from '../detectors/scaling.ts'
import { typescriptNetwork } from '../engine/typescriptNetwork.ts'
import { vitalsInput, vitalsInputLength, vitalsScoredLength, vitalsSegments } from '../inputs/vitalsInput.ts'
import type { Scorer } from '../scorer.ts'
import { mean } from './measures.ts'
import {
  alarmRate,
  judgedDays,
  measureEvents,
  thresholdFor,
  type EventMeasures,
  type ScoredWindow,
  type VitalsSource,
} from './vitalsEvaluation.ts'

/** Different persons in each part. */
export interface VitalsSources {
  /** Ordinary days that models and scaler are learnt from. */
  train: readonly VitalsSource[]
  /** Ordinary days that thresholds are taken from. */
  calibrate: readonly VitalsSource[]
  /** Ordinary days and days on which something happens; nothing is chosen by them. */
  test: readonly VitalsSource[]
}

/** Something that may ship. */
export interface VitalsChoice {
  name: string
  kind: DetectorKind
  options?: Pick<FitOptions, 'hidden' | 'convolutional' | 'pca' | 'training'>
}

export interface VitalsMeasures {
  threshold: number
  /** Of the test persons to whom nothing happens, and the wearer-days that is from. */
  falseAlarmsPerDay: number
  days: number
  events: Record<string, EventMeasures>
}

export interface VitalsCandidate extends FittedDetector {
  name: string
  measures: VitalsMeasures
}

type Fitting = Pick<FitOptions, 'seed' | 'tf' | 'onEpoch'> & { checkpoint?: (name: string) => string }

/** One window in ten minutes: neighbours share most of what they hold. */
const everyWindows = 10
const leastMeasured = 0.75
/** One person in five is held out of fitting. */
const heldOutEvery = 5
const mostNeighbours = 1500
const networkTraining = { epochs: 15, patience: 4, noise: 0.2 }

/** From the simplest on; networks code a window in one to eight numbers. */
export const vitalsChoices: readonly VitalsChoice[] = [
  { name: 'z-score', kind: 'z-score' },
  { name: 'PCA', kind: 'pca', options: { pca: { share: 1, most: 3 } } },
  { name: 'nearest normal window', kind: 'nearest-normal' },
  { name: 'dense 150-24-1-24-150', kind: 'dense', options: { hidden: [24, 1, 24] } },
  { name: 'dense 150-48-4-48-150', kind: 'dense', options: { hidden: [48, 4, 48] } },
]

/**
 * Fits every candidate on the same windows and holds all against the same unseen persons at the same alarm budget (alarms a
 * wearer-day on ordinary days, after three windows in a row).
 * @param fitting seed, and TensorFlow.js if there is a network among the choices; the file for a network's state, by its name,
 * from which an interrupted training goes on.
 */
export function compareVitals(
  choices: readonly VitalsChoice[],
  { train, calibrate, test }: VitalsSources,
  alarmsPerDay: number,
  { checkpoint, ...fitting }: Fitting,
): VitalsCandidate[] {
  const windows = train.map(learntFrom)
  const heldOut = windows.filter((_, person) => person % heldOutEvery === 0).flat()
  const fitted = windows.filter((_, person) => person % heldOutEvery !== 0).flat()
  const channels = vitalsInputLength / vitalsInput.steps
  const common: FitOptions = {
    ...fitting,
    channels,
    heldOut,
    segments: vitalsSegments,
    scaler: fitStandardScaler(fitted, channels, 'each channel'),
    // Movement is seen, and counts nothing; a signal counts against its own usual error.
    inputWeights: new Float32Array(vitalsInputLength).fill(1, 0, vitalsScoredLength),
    weighting: 'by residual',
    // On the path that every machine has, so that everywhere the same figures come out.
    compile: typescriptNetwork,
  }
  return choices.map(({ name, kind, options }) => {
    const keep = kind === 'nearest-normal' ? Math.ceil(fitted.length / mostNeighbours) : 1
    const detector = fitDetector(
      kind,
      fitted.filter((_, n) => n % keep === 0),
      { ...common, training: networkTraining, ...options, ...(checkpoint && { checkpoint: checkpoint(name) }) },
    )
    const scorer = scorerOf(detector, common.compile)
    const threshold = thresholdFor(
      calibrate.map((source) => scoreWindows(scorer, source)),
      alarmsPerDay,
    )
    const judged = test.map((source) => ({ source, scored: scoreWindows(scorer, source) }))
    const ordinary = judged.filter(({ source }) => source.events.length === 0).map(({ scored }) => scored)
    const measures = {
      threshold,
      falseAlarmsPerDay: alarmRate(ordinary, threshold),
      days: judgedDays(ordinary),
      events: measureEvents(judged, threshold),
    }
    return { ...detector, name, measures }
  })
}

/**
 * The one that ships: most events told in time, as a mean over their kinds, of candidates in order from the simplest; a later
 * one must be better. Chosen by the calibration persons' budget and the test persons' events, so that its own figure is a little
 * too good.
 */
export function bestOf(candidates: readonly VitalsCandidate[]): VitalsCandidate {
  const detected = ({ measures }: VitalsCandidate) =>
    mean(Object.values(measures.events).map((event) => event.detected))
  return candidates.reduce((best, other) => (detected(other) > detected(best) ? other : best))
}

/** A person's windows that are learnt from. */
export function learntFrom({ windows }: VitalsSource): Float32Array[] {
  const usable = windows.flatMap(({ input, measured }) => (input && measured >= leastMeasured ? [input] : []))
  return usable.filter((_, n) => n % everyWindows === 0)
}

/** Those that have an input. */
export function scoreWindows(scorer: Scorer, { windows }: VitalsSource): ScoredWindow[] {
  return windows.flatMap(({ from, to, input }) => (input ? [{ from, to, score: scorer.score(input)?.score }] : []))
}
