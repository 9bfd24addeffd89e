import { fitDetector, scorerOf, type FitOptions } from '../detectors/fit.ts'
import type { TensorFlow } from '../training/backend.ts'
import { nearestProfile } from './nearestProfile.ts'
import { trainingOf } from './seriesDetector.ts'
import { stepsAPeriod, stepsOf, type SeriesPlan } from './seriesPlan.ts'
import { windowsOf } from './window.ts'

/** Windows that a baseline learns from at most, evenly over the beginning. */
const mostWindows = 2048

/** On windows of a period, of the same steps as the detector has. `autoencoder`: dense, the widths of TensorFlow's ECG tutorial. */
const fitted = {
  'z-score': ['z-score', {}],
  pca: ['pca', {}],
  autoencoder: ['dense', { hidden: [32, 16, 8, 16, 32] }],
} as const satisfies Record<string, readonly ['z-score' | 'pca' | 'dense', Partial<FitOptions>]>

export const seriesBaselineNames = ['z-score', 'pca', 'nearest-normal', 'autoencoder'] as const
export type SeriesBaseline = (typeof seriesBaselineNames)[number]

/**
 * Scores of steps by a baseline: of each window of a period, at its middle; at the ends as beside them.
 * @param values the whole series.
 * @param trainPoints its normal beginning.
 */
export function scoreByBaseline(
  name: SeriesBaseline,
  values: Float64Array,
  trainPoints: number,
  plan: SeriesPlan,
  { tf, seed }: { tf: TensorFlow; seed: number },
): Float32Array {
  const steps = stepsOf(values, plan)
  const end = Math.floor(trainPoints / plan.pointsAStep)
  const length = stepsAPeriod(plan)
  const scores =
    name === 'nearest-normal' ? nearestProfile(steps, end, length) : scored(name, steps, end, length, tf, seed)
  return atMiddles(scores, length, steps.length)
}

function scored(
  name: keyof typeof fitted,
  steps: Float32Array,
  end: number,
  length: number,
  tf: TensorFlow,
  seed: number,
): Float32Array {
  const [kind, options] = fitted[name]
  const stride = Math.max(1, Math.ceil((end - length + 1) / mostWindows))
  const windows = windowsOf(steps, end, length, 'as measured', stride)
  const training = { ...trainingOf(windows.length), noise: 0 }
  const scorer = scorerOf(fitDetector(kind, windows, { seed, tf, training, ...options }))
  // Unknown is never normal.
  return Float32Array.from(
    { length: steps.length - length + 1 },
    (_, from) => scorer.score(steps.subarray(from, from + length))?.score ?? Infinity,
  )
}

/** Scores by a window's first step, put at its middle. */
export function atMiddles(scores: Float32Array, length: number, steps: number): Float32Array {
  const half = Math.floor(length / 2)
  return Float32Array.from({ length: steps }, (_, i) => scores[Math.min(scores.length - 1, Math.max(0, i - half))]!)
}
