import type { UnhashedManifest } from '../bundle/manifest.ts'
import type { Backend } from './backend.ts'
import { ecgBeatChoices } from './ecgBeatChoices.ts'
import { fitBaselines, fitNetwork, judge, type Judged, type TrainingSource } from './ecgBeatFit.ts'
import { describeEcgBeat } from './ecgBeatManifest.ts'
import type { EpochReport } from './epochs.ts'
import { quantile } from './measures.ts'
import { foldsByPerson } from './split.ts'

export type { TrainingSource } from './ecgBeatFit.ts'

export interface EcgBeatTrainingOptions {
  seed: number
  excluded: readonly string[]
  simulatedSeeds: readonly number[]
  command: string
  /** Told after each epoch how many of how many are done, early stopping aside. */
  onProgress?: (done: number, total: number) => void
  /** File for the state of the `run`th network (from 0), from which an interrupted training goes on. */
  checkpoint?: (run: number) => string
}

export interface TrainedModel {
  manifest: UnhashedManifest
  weights: Float32Array
  /** Mean over each epoch's batches: of each fold with its held-out loss, then of the final training. */
  curves: { training: number[]; heldOut: number[]; kept: number }[]
}

/**
 * Trains the ECG beat model on usual beats alone: first in folds over persons, each judged by a model of the others, for
 * the number of epochs, the threshold and the metrics, with the baselines beside it; then once on all.
 */
export function trainEcgBeat(
  { tf, name: backend }: Backend,
  sources: readonly TrainingSource[],
  options: EcgBeatTrainingOptions,
): TrainedModel {
  const { seed, checkpoint } = options
  const recorded = sources.filter((source) => source.kind === 'recorded')
  const folds = foldsByPerson(
    recorded.map((source) => source.person),
    ecgBeatChoices.folds,
  )
  const total = (folds.length + 1) * ecgBeatChoices.epochs
  const onEpochOf =
    (run: number) =>
    ({ epoch }: EpochReport) =>
      options.onProgress?.(run * ecgBeatChoices.epochs + epoch, total)
  const judged: Judged[] = []
  const baselines: Record<string, Judged[]> = {}
  const epochs: number[] = []
  const curves: TrainedModel['curves'] = []
  folds.forEach((fold, run) => {
    const heldOut = recorded.filter((source) => fold.includes(source.person))
    const learnt = sources.filter((source) => !heldOut.includes(source))
    const settings = { seed, epochs: ecgBeatChoices.epochs }
    const network = fitNetwork(tf, learnt, heldOut, settings, onEpochOf(run), checkpoint?.(run))
    const { losses, trainingLosses } = network.trained
    epochs.push(network.trained.epochs)
    curves.push({ training: trainingLosses, heldOut: losses, kept: network.trained.epochs })
    for (const source of heldOut) judged.push(...judge(network, source))
    for (const [name, baseline] of Object.entries(fitBaselines(learnt))) {
      for (const source of heldOut) (baselines[name] ??= []).push(...judge(baseline, source))
    }
  })
  const settings = { seed, epochs: quantile(epochs, 0.5) }
  const final = fitNetwork(tf, sources, [], settings, onEpochOf(folds.length), checkpoint?.(folds.length))
  curves.push({ training: final.trained.trainingLosses, heldOut: [], kept: final.trained.epochs })
  options.onProgress?.(total, total)
  const manifest = describeEcgBeat({ sources, final, judged, baselines, backend, options })
  return { manifest, weights: final.parameters, curves }
}
