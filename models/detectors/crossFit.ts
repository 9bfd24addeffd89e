import type { TensorFlow } from '../training/backend.ts'
import { seededRandom, shuffle } from '../training/random.ts'
import { fitDetector, scorerOf, type FitOptions, type FittedDetector, type networkKinds } from './fit.ts'
import { fitStandardScaler } from './scaling.ts'

export interface CrossFitted {
  /** An ensemble of one model a fold. */
  detector: FittedDetector
  /** Score of each window by the model that has not seen it, in the windows' order: what a threshold can be taken from. */
  heldOutScores: number[]
}

/**
 * Fits one network a fold on the windows of all the others, the fold itself for early stopping, and lets them score together:
 * bagging with cross-validation (Krogh and Vedelsby, NIPS 1994). What an error counts comes from held-out windows too, so
 * the score is about 1 on average over normal windows that no model has seen.
 * @param folds indices of windows; each window in exactly one. By person, where persons differ.
 * @throws RangeError with fewer than two folds, or where they do not hold each window once.
 */
export function crossFit(
  kind: (typeof networkKinds)[number],
  windows: readonly Float32Array[],
  folds: readonly (readonly number[])[],
  options: Omit<FitOptions, 'heldOut' | 'checkpoint'> & { tf: TensorFlow },
): CrossFitted {
  checkFolds(folds, windows.length)
  const scaler = options.scaler ?? fitStandardScaler(windows, options.channels ?? 1, options.scaling ?? 'each channel')
  const members = folds.map((fold, f) => {
    const out = new Set(fold)
    const learnt = windows.filter((_, w) => !out.has(w))
    const heldOut = fold.map((w) => windows[w]!)
    return fitDetector(kind, learnt, { ...options, scaler, heldOut, seed: options.seed * folds.length + f })
  })
  const weight = commonWeights(members)
  const heldOutScores = new Array<number>(windows.length)
  folds.forEach((fold, f) => {
    const { scoring, ...member } = members[f]!
    const scorer = scorerOf({ ...member, scoring: { ...scoring, weight } }, options.compile)
    for (const w of fold) heldOutScores[w] = scorer.score(windows[w]!)?.score ?? NaN
  })
  return { detector: ensembleOf(members, weight), heldOutScores }
}

/** Deals `count` items to folds of nearly equal size, in a seeded order. */
export function dealFolds(count: number, folds: number, seed: number): number[][] {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  shuffle(order, seededRandom(seed))
  return Array.from({ length: folds }, (_, f) => Array.from(order).filter((_, i) => i % folds === f))
}

/** By each model its own weight is 1 / its mean error: together 1 / the mean of these. */
function commonWeights(members: readonly FittedDetector[]): Float32Array {
  return members[0]!.scoring.weight.map((_, i) => {
    const errors = members.map(({ scoring }) => 1 / scoring.weight[i]!)
    return members.length / errors.reduce((sum, error) => sum + error, 0)
  })
}

function ensembleOf(members: readonly FittedDetector[], weight: Float32Array): FittedDetector {
  const models = members.map(({ model }) => {
    if (model.kind === 'ensemble') throw new RangeError('members: expected single models, received an ensemble')
    return model
  })
  const parameters = new Float32Array(members.reduce((sum, member) => sum + member.parameters.length, 0))
  let offset = 0
  for (const member of members) {
    parameters.set(member.parameters, offset)
    offset += member.parameters.length
  }
  return { model: { kind: 'ensemble', members: models }, parameters, scoring: { ...members[0]!.scoring, weight } }
}

function checkFolds(folds: readonly (readonly number[])[], windows: number): void {
  if (folds.length < 2) throw new RangeError(`folds: expected at least 2, received ${folds.length}`)
  const seen = new Set(folds.flat())
  const all = folds.reduce((sum, fold) => sum + fold.length, 0)
  const known = [...seen].every((w) => Number.isInteger(w) && w >= 0 && w < windows)
  if (all !== windows || seen.size !== windows || !known) {
    throw new RangeError(
      `folds: expected each of ${windows} windows once, received ${all} indices, ${seen.size} distinct`,
    )
  }
}
