import { driftReference, scoreQuantiles } from '../bundle/driftReference.ts'
import { inputParts } from '../bundle/inputKinds.ts'
import { bundleSchemaVersion, type UnhashedManifest } from '../bundle/manifest.ts'
import { ppgSegments } from '../inputs/ppgInput.ts'
import type { PpgMeasures, PpgSource } from './ppgEvaluation.ts'
import { goodBelow, ppgScorer, type PpgCandidate, type PpgSources } from './ppgTraining.ts'

interface TrainedPpg {
  sources: PpgSources
  best: PpgCandidate
  /** All that were compared, the best among them. */
  candidates: readonly PpgCandidate[]
  seed: number
  backend: string
  command: string
}

const limits = [
  'Not a medical device. Everything it has learnt from, was chosen by and was judged on is simulated; real optical signals vary ' +
    'more in shape, so that more of them is refused.',
  'Tells whether there are pulses that look like pulses, not whether a heart rate or an oxygen saturation taken from them is right: ' +
    'steps shake a loose sensor in a rhythm of their own.',
  'Pulses so weak that they are not seen, as in a fast ventricular run, are refused: there is nothing to measure then.',
  "For a wearer's first 24 s of good contact there is no verdict.",
]

/** What a bundle says of the model. */
export function describePpg({ sources, best, candidates, seed, backend, command }: TrainedPpg): UnhashedManifest {
  const { mean, scale, weight, leastMeasured } = best.scoring
  const scorer = ppgScorer(best)
  const inputs = (parts: readonly PpgSource[]) => parts.map(({ windows }) => windows.map(({ input }) => input))
  const learnt = inputs(sources.train)
  return {
    schemaVersion: bundleSchemaVersion,
    name: 'ppg-quality',
    ...inputParts('ppg-window'),
    model: best.model,
    scaler: {
      mean: [...mean],
      scale: [...scale],
      weight: [...weight],
      ...(leastMeasured !== undefined && { leastMeasured }),
    },
    threshold: {
      value: best.threshold,
      how:
        `the lowest with ${100 * goodBelow} % of the good windows of each activity and each rhythm at or below it, of ` +
        `${sources.calibrate.length} simulated wearers that nothing was learnt from`,
    },
    calibrationScores: scoreQuantiles(
      inputs(sources.calibrate).map((windows) => windows.flatMap((window) => scorer.score(window)?.score ?? [])),
      'good contact of simulated wearers that nothing was learnt from',
    ),
    driftReference: driftReference(
      learnt,
      { scaler: best.scoring, segments: ppgSegments, score: (window) => scorer.score(window) },
      'good contact of the simulated wearers listed under training',
    ),
    training: {
      records: [],
      persons: [],
      excluded: [],
      simulated: [sources.train, sources.calibrate, sources.chooseFaulty].flat().map(({ seed: own }) => own),
      seed,
      backend,
      command,
      windows: { recorded: 0, simulated: learnt.reduce((sum, windows) => sum + windows.length, 0) },
      split:
        'by person: one in five held out of fitting, others for threshold and choice, others again for the figures',
      ...(best.trained !== undefined && { epochs: best.trained.epochs }),
    },
    card: {
      purpose:
        'Tells whether four seconds of PPG can be relied on. It judges quality alone: it finds nothing about the wearer.',
      data:
        'Simulated wearers with good contact, at rest, walking and in effort, at 36 to 180 beats/min, in atrial fibrillation and ' +
        'with ectopic beats; pulses of changing size; sampled at 25, 50 and 100 Hz.',
      simulated: true,
      alarms: 'off',
      evaluation:
        'Simulated wearers that neither model nor threshold nor choice has seen. AUROC of windows of each fault against all good ' +
        'ones, and its mean; the share of windows refused at the threshold, by activity, rhythm and fault. The model was chosen by ' +
        `the mean AUROC of other persons: ${chosenBy(candidates)}. A network ships only where that is above every baseline's.`,
      metrics: metricsOf(best.measures),
      baselines: Object.fromEntries(
        candidates
          .filter(({ name }) => name !== best.name)
          .map(({ name, measures }) => [name, metricsOf(measures)] as const),
      ),
      limits,
    },
  }
}

function chosenBy(candidates: readonly PpgCandidate[]): string {
  return candidates.map(({ name, chosenBy: { auroc } }) => `${name} ${auroc.toFixed(4)}`).join(', ')
}

function metricsOf({ auroc, aurocs, refused, goodRefused }: PpgMeasures): Record<string, number> {
  const named = (values: Record<string, number>, ending: string) =>
    Object.entries(values).map(([label, value]) => [`${camelCase(label)}${ending}`, value] as const)
  return { auroc, goodRefused, ...Object.fromEntries([...named(aurocs, 'Auroc'), ...named(refused, 'Refused')]) }
}

function camelCase(words: string): string {
  return words.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase())
}
