import { driftReference, scoreQuantiles } from '../bundle/driftReference.ts'
import { inputKinds, inputParts } from '../bundle/inputKinds.ts'
import { bundleSchemaVersion, type UnhashedManifest } from '../bundle/manifest.ts'
import { isAnomalous, type BeatClass } from './beatClasses.ts'
import { ecgBeatChoices } from './ecgBeatChoices.ts'
import { beatScorer, usualInputs, type FittedNetwork, type Judged, type TrainingSource } from './ecgBeatFit.ts'
import type { EcgBeatTrainingOptions } from './ecgBeatTraining.ts'
import { auroc, mean, quantile, share } from './measures.ts'

interface TrainedEcgBeat {
  sources: readonly TrainingSource[]
  /** Learnt from all. */
  final: FittedNetwork
  /** By the networks that had not seen the person. */
  judged: readonly Judged[]
  /** The same beats, by baseline. */
  baselines: Readonly<Record<string, readonly Judged[]>>
  backend: string
  options: EcgBeatTrainingOptions
}

type Metrics = Record<
  'meanAuroc' | 'ventricularSensitivity' | 'supraventricularSensitivity' | 'normalBeatsAboveThreshold',
  number
>

const limits = [
  'Not a medical device.',
  'Ten persons are few, all from one database of ambulatory ECGs at 360 Hz.',
  'One threshold for all: a wearer with atrial fibrillation or much noise has many anomalous beats.',
  'Fusion beats are half missed. A wearer whose every beat is abnormal from the start is compared with that.',
  'In electrode motion beats are missed and made up; most of these are told as artifacts and not scored.',
]

/** What a bundle says of the model. */
export function describeEcgBeat(trained: TrainedEcgBeat): UnhashedManifest {
  const { sources, final, judged, baselines, backend, options } = trained
  const { seed, excluded, simulatedSeeds, command } = options
  const recorded = sources.filter((source) => source.kind === 'recorded')
  const { metrics, byRecord } = measure(judged)
  const measured = Object.entries(baselines).map(([name, own]) => [name, measure(own).metrics] as const)
  const better = measured.filter(([, own]) => own.meanAuroc > metrics.meanAuroc).map(([name]) => name)
  return {
    schemaVersion: bundleSchemaVersion,
    name: 'ecg-beat',
    ...inputParts('ecg-beat'),
    model: final.model,
    scaler: final.scaler,
    threshold: {
      value: thresholdOf(judged),
      how:
        `median over held-out recorded persons of the ${ecgBeatChoices.thresholdQuantile * 100} % quantile of the ` +
        `scores of their usual beats, each person judged by a model of the others (${ecgBeatChoices.folds} folds)`,
    },
    calibrationScores: scoreQuantiles(
      usualScores(judged),
      'usual beats of the recorded persons, each judged by a model of the others',
    ),
    driftReference: drift(recorded, final),
    quality: {
      maxNoise: ecgBeatChoices.maxNoise,
      how: 'fixed beforehand: noise of a tenth of the QRS amplitude (RMS)',
    },
    training: {
      records: recorded.map((source) => source.name),
      persons: [...new Set(recorded.map((source) => source.person))],
      excluded: [...excluded],
      simulated: [...simulatedSeeds],
      seed,
      backend,
      command,
      windows: { recorded: countOf(sources, 'recorded'), simulated: countOf(sources, 'simulated') },
      split: `by person, ${ecgBeatChoices.folds} folds for epochs, threshold and metrics; then all persons`,
      epochs: final.trained.epochs,
    },
    card: {
      purpose:
        "Tells a wearer's unusual heartbeats (premature, ventricular) from the usual ones, in a single-lead ECG.",
      data:
        'Usual beats (N L R e j among their like) of the recordings listed under training, and beats of simulated ' +
        'wearers to whom nothing happens.',
      simulated: recorded.length === 0,
      alarms: 'on',
      evaluation:
        'Cross-validated over persons: each recorded person judged by a model of the others. AUROC of beats S, V and F ' +
        'against N, mean over records; shares of V, S and N above the threshold, for a baseline above its own, made in ' +
        'the same way. Baselines learnt from the same beats.',
      metrics,
      baselines: Object.fromEntries(measured),
      byRecord,
      limits: [...limits, ...(better.length > 0 ? [`By mean AUROC it does not beat ${better.join(' and ')}.`] : [])],
    },
  }
}

/** Of the typical person: a pooled quantile would be that of the one or two whose signal is worst. */
function thresholdOf(judged: readonly Judged[]): number {
  const own = usualScores(judged).map((scores) => quantile(scores, ecgBeatChoices.thresholdQuantile))
  return quantile(own, 0.5)
}

/** By person. */
function usualScores(judged: readonly Judged[]): number[][] {
  const persons = [...new Set(judged.map(({ source }) => source.person))]
  return persons.map((person) =>
    judged.filter((beat) => beat.usual && beat.source.person === person).map(({ score }) => score),
  )
}

function drift(recorded: readonly TrainingSource[], final: FittedNetwork): UnhashedManifest['driftReference'] {
  const scorer = beatScorer(final)
  const persons = [...new Set(recorded.map(({ person }) => person))]
  const windows = persons.map((person) =>
    recorded.filter((source) => source.person === person).flatMap((source) => usualInputs(source)),
  )
  const scaler = { mean: Float32Array.from(final.scaler.mean), scale: Float32Array.from(final.scaler.scale) }
  const { segments } = inputKinds['ecg-beat']
  const score = (window: Float32Array) => scorer.score(window)
  return driftReference(windows, { scaler, segments, score }, 'the recorded beats that were learnt from')
}

function measure(judged: readonly Judged[]): {
  metrics: Metrics
  byRecord: Record<string, { auroc: number }>
} {
  const threshold = thresholdOf(judged)
  const byRecord: Record<string, { auroc: number }> = {}
  for (const name of new Set(judged.map(({ source }) => source.name))) {
    const own = judged.filter(({ source }) => source.name === name)
    const anomalous = own.filter(({ label }) => isAnomalous(label)).map(({ score }) => score)
    const normal = own.filter(({ label }) => label === 'N').map(({ score }) => score)
    const enough = anomalous.length >= ecgBeatChoices.leastAnomalous && normal.length > 0
    if (enough) byRecord[name] = { auroc: auroc(anomalous, normal) }
  }
  const above = (label: BeatClass) => {
    const own = judged.filter((beat) => beat.label === label)
    return own.length === 0 ? 0 : share(own, ({ score }) => score > threshold)
  }
  const metrics = {
    meanAuroc: mean(Object.values(byRecord).map((own) => own.auroc)),
    ventricularSensitivity: above('V'),
    supraventricularSensitivity: above('S'),
    normalBeatsAboveThreshold: above('N'),
  }
  return { metrics, byRecord }
}

function countOf(sources: readonly TrainingSource[], kind: TrainingSource['kind']): number {
  return sources.filter((source) => source.kind === kind).reduce((sum, source) => sum + usualInputs(source).length, 0)
}
