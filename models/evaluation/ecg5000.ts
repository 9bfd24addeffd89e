import { crossFit, dealFolds } from '../detectors/crossFit.ts'
import { fitDetector, scorerOf, type FittedDetector, type FitOptions } from '../detectors/fit.ts'
import type { TensorFlow } from '../training/backend.ts'
import type { LabelledWindow } from './labelledWindows.ts'
import { judgeOneClass, oneClassMetrics, type Learn, type OneClassResult, type Split } from './oneClass.ts'

/** ECG5000's class of normal beats. */
export const normalBeat = 1

/** Chosen on the train file; README.md says among what. */
export const ecg5000Choices = {
  /** Neighbouring points that are averaged: the beats were stretched to 140 points, and the finest detail is noise. */
  averaged: 2,
  hidden: [48, 16, 48],
  /** Networks in the ensemble; each has not seen one part in so many of what is learnt from. */
  members: 5,
  training: { epochs: 60, patience: 60, batchSize: 16, learningRate: 4e-3, noise: 0.3 },
  /** Points over which the networks' errors are averaged before they are squared. */
  averagedErrors: 5,
  /** Share of unseen normal beats that should lie below the threshold. */
  thresholdQuantile: 0.97,
  /** Of the cross-validation, where there is no test file. */
  folds: 5,
} as const

export interface Ecg5000Data {
  /** Learnt from: its normal beats; cross-validated where there is no other file. */
  train: readonly LabelledWindow[]
  test?: readonly LabelledWindow[]
}

export interface Ecg5000Options {
  tf: TensorFlow
  /** One run each: of the folds, the weights, the order of training. */
  seeds: readonly number[]
  /** Label of the normal beats; all others are anomalous. */
  normal?: number
  /** Told after each time that a detector has learnt. */
  onProgress?: (done: number, total: number) => void
  /** What a run with a seed gave before; it is not made again. */
  before?: (seed: number) => Ecg5000Run | undefined
  /** Told of each run that was made. */
  onRun?: (run: Ecg5000Run) => void
}

export interface Ecg5000Run {
  seed: number
  results: Record<string, OneClassResult>
}

export interface Ecg5000Report {
  protocol: 'train and test' | 'cross-validation'
  counts: { learntFrom: number; normal: number; anomalous: number }
  /** Of the autoencoders, as means over the seeds. */
  metrics: Record<string, number>
  baselines: Record<string, Record<string, number>>
  runs: Ecg5000Run[]
}

/** `pca` with as many components as explain 95 % of the variance; the others as in published comparisons. */
const baselines = {
  'z-score': ['z-score', {}],
  'nearest-normal': ['nearest-normal', {}],
  pca: ['pca', {}],
  'pca-2': ['pca', { pca: { share: 1, most: 2 } }],
  'pca-8': ['pca', { pca: { share: 1, most: 8 } }],
} as const satisfies Record<string, readonly ['z-score' | 'nearest-normal' | 'pca', Partial<FitOptions>]>

const autoencoder = 'autoencoder'

/**
 * ECG5000 (Chen and Keogh, UCR Time Series Classification Archive, 2015): beats of one patient, learnt from normal ones alone,
 * by an ensemble of dense denoising autoencoders and by each baseline, on the same beats.
 * @throws Error where beats differ in length or one of the two kinds is missing.
 */
export function evaluateEcg5000(data: Ecg5000Data, options: Ecg5000Options): Ecg5000Report {
  const { seeds, normal = normalBeat, onProgress, before, onRun } = options
  const beats = prepare(data, normal)
  const detectors: Record<string, Learn> = {
    [autoencoder]: learnAutoencoders(options.tf),
    ...Object.fromEntries(Object.keys(baselines).map((name) => [name, learnBaseline(name as keyof typeof baselines)])),
  }
  const splitCount = beats.test ? 1 : ecg5000Choices.folds
  const total = seeds.length * Object.keys(detectors).length * splitCount
  let done = 0
  const counted =
    (learn: Learn): Learn =>
    (windows, seed) => {
      const learnt = learn(windows, seed)
      onProgress?.(++done, total)
      return learnt
    }
  const runs = seeds.map((seed): Ecg5000Run => {
    const known = before?.(seed)
    if (known !== undefined) {
      onProgress?.((done += total / seeds.length), total)
      return known
    }
    const splits = splitsOf(beats, seed)
    const results = Object.entries(detectors).map(
      ([name, learn]) => [name, judgeOneClass(counted(learn), splits, seed, ecg5000Choices.thresholdQuantile)] as const,
    )
    const run = { seed, results: Object.fromEntries(results) }
    onRun?.(run)
    return run
  })
  const metricsOf = (name: string) => oneClassMetrics(runs.map(({ results }) => results[name]!))
  const judged = beats.test ?? beats.train
  return {
    protocol: beats.test ? 'train and test' : 'cross-validation',
    counts: {
      learntFrom: beats.train.normal.length,
      normal: judged.normal.length,
      anomalous: judged.anomalous.length,
    },
    metrics: metricsOf(autoencoder),
    baselines: Object.fromEntries(Object.keys(baselines).map((name) => [name, metricsOf(name)])),
    runs,
  }
}

interface Beats {
  normal: Float32Array[]
  anomalous: Float32Array[]
}

function prepare({ train, test }: Ecg5000Data, normal: number): { train: Beats; test?: Beats } {
  const length = train[0]?.values.length ?? 0
  const part = (name: string, rows: readonly LabelledWindow[]): Beats => {
    const other = rows.find(({ values }) => values.length !== length)
    if (other)
      throw new Error(`${name}: expected beats of ${length} values as in train, received ${other.values.length}`)
    const of = (wanted: boolean) =>
      rows.filter(({ label }) => (label === normal) === wanted).map(({ values }) => averaged(values))
    return { normal: of(true), anomalous: of(false) }
  }
  const parts = { train: part('train', train), ...(test && { test: part('test', test) }) }
  const judged = parts.test ?? parts.train
  const [name, labels] = [test ? 'test' : 'train', (test ?? train).map(({ label }) => label)]
  if (judged.normal.length === 0 || judged.anomalous.length === 0) {
    const received = [...new Set(labels)].sort((a, b) => a - b).join(', ')
    throw new Error(
      `${name}: expected beats with the label ${normal} (normal) and with others, received labels ${received}`,
    )
  }
  const least = ecg5000Choices.training.batchSize * 3
  if (parts.train.normal.length < least) {
    throw new Error(`train: expected at least ${least} normal beats, received ${parts.train.normal.length}`)
  }
  return parts
}

function averaged(values: Float32Array): Float32Array {
  const { averaged: size } = ecg5000Choices
  return Float32Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const block = values.subarray(i * size, (i + 1) * size)
    return block.reduce((sum, value) => sum + value, 0) / block.length
  })
}

function splitsOf({ train, test }: ReturnType<typeof prepare>, seed: number): Split[] {
  if (test) return [{ learn: train.normal, ...test, dealt: [...test.anomalous.keys()] }]
  const { folds } = ecg5000Choices
  const dealt = dealFolds(train.anomalous.length, folds, seed)
  return dealFolds(train.normal.length, folds, seed).map((fold, f) => {
    const out = new Set(fold)
    return {
      learn: train.normal.filter((_, i) => !out.has(i)),
      normal: fold.map((i) => train.normal[i]!),
      anomalous: train.anomalous,
      dealt: dealt[f]!,
    }
  })
}

function learnAutoencoders(tf: TensorFlow): Learn {
  const { members, hidden, training, averagedErrors } = ecg5000Choices
  return (windows, seed) => {
    const folds = dealFolds(windows.length, members, seed)
    const { detector, heldOutScores } = crossFit('dense', windows, folds, {
      tf,
      seed,
      hidden,
      training,
      averagedErrors,
    })
    return { score: scoreOf(detector), heldOutScores }
  }
}

/** On all windows; the threshold comes from the same folds as the autoencoders'. */
function learnBaseline(name: keyof typeof baselines): Learn {
  const [kind, options] = baselines[name]
  return (windows, seed) => {
    const fit = (learnt: readonly Float32Array[]) => scoreOf(fitDetector(kind, learnt, { seed, ...options }))
    const heldOutScores = dealFolds(windows.length, ecg5000Choices.members, seed).flatMap((fold) => {
      const out = new Set(fold)
      const score = fit(windows.filter((_, i) => !out.has(i)))
      return fold.map((i) => score(windows[i]!))
    })
    return { score: fit(windows), heldOutScores }
  }
}

function scoreOf(detector: FittedDetector): (window: Float32Array) => number {
  const scorer = scorerOf(detector)
  // Unknown is never normal.
  return (window) => scorer.score(window)?.score ?? Infinity
}
