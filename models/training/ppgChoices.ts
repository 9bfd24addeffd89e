import type { DetectorKind, FitOptions } from '../detectors/fit.ts'
import { ppgFeaturesFrom, ppgInputLength } from '../inputs/ppgInput.ts'

/** Something that may ship as the PPG quality model. */
export interface PpgChoice {
  name: string
  kind: DetectorKind
  options?: Pick<FitOptions, 'hidden' | 'pca' | 'training'>
}

/** What a feature counts against the whole shape. */
const featureShare = 0.25
/** Windows that a nearest-normal model keeps: more would not fit into a small bundle. */
export const mostNeighbours = 600

/** Baselines first, from the simplest on. */
export const ppgChoices: readonly PpgChoice[] = [
  { name: 'z-score', kind: 'z-score' },
  { name: 'PCA, 8 components', kind: 'pca', options: { pca: { share: 1, most: 8 } } },
  { name: `nearest of ${mostNeighbours} normal windows`, kind: 'nearest-normal' },
  { name: 'dense 75-32-4-32-75', kind: 'dense', options: { hidden: [32, 4, 32] } },
  { name: 'dense 75-48-8-48-75', kind: 'dense', options: { hidden: [48, 8, 48] } },
]

export const ppgTraining = { epochs: 40, patience: 5, noise: 0.1 }

/** What an input counts in loss and score: the shape together 1, each feature its share of that. */
export function ppgInputWeights(): Float32Array {
  return new Float32Array(ppgInputLength)
    .fill(1 / ppgFeaturesFrom, 0, ppgFeaturesFrom)
    .fill(featureShare, ppgFeaturesFrom)
}
