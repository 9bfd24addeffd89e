import { createScorer } from '../bundle.ts'
import { reconstructorOf } from '../engine/network.ts'
import { typescriptNetwork } from '../engine/typescriptNetwork.ts'
import type { UnhashedManifest } from '../bundleManifest.ts'
import { bundleSchemaVersion } from '../bundleManifest.ts'
import { ecgBeatInput, ecgBeatInputLength } from '../inputs/inputSchema.ts'
import { denseAutoencoder } from '../architectures/dense.ts'
import type { Backend, TensorFlow } from './backend.ts'
import { isAnomalous, type BeatClass } from './beatClasses.ts'
import type { LabelledBeat } from './labelledBeats.ts'
import { auroc, mean, quantile, share } from './measures.ts'
import { applyScaler, fitScaler, fitWeights } from './scaler.ts'
import { foldsByPerson, thin } from './split.ts'
import { trainNetwork } from './trainNetwork.ts'

/** Beats of one recording or of one simulated wearer. */
export interface TrainingSource {
  name: string
  person: string
  kind: 'recorded' | 'simulated'
  beats: readonly LabelledBeat[]
}

export interface EcgBeatTrainingOptions {
  seed: number
  excluded: readonly string[]
  simulatedSeeds: readonly number[]
  command: string
  /** Told after each epoch how many of how many are done, early stopping aside. */
  onProgress?: (done: number, total: number) => void
}

export interface TrainedModel {
  manifest: Omit<UnhashedManifest, 'weightsSha256'>
  weights: Float32Array
}

const choices = {
  hidden: [32, 8, 32],
  folds: 4,
  beatsByPerson: { recorded: 300, simulated: 40 },
  epochs: 20,
  patience: 4,
  batchSize: 64,
  learningRate: 2e-3,
  noise: 0.15,
  /** Little, so that the network does not learn to copy a premature beat's rhythm through. */
  rhythmLossWeight: 0.1,
  thresholdQuantile: 0.995,
  /** Noise of a tenth of the QRS amplitude, root mean square. */
  maxNoise: 0.01,
  /** Fewer anomalous beats make no meaningful ROC curve. */
  leastAnomalous: 20,
} as const

const architecture = { kind: 'dense' as const, inputs: ecgBeatInputLength, hidden: [...choices.hidden] }
const graph = denseAutoencoder(architecture.inputs, architecture.hidden)

/** A beat that a model has judged without having seen anything of its person. */
interface Judged {
  source: TrainingSource
  label: BeatClass
  usual: boolean
  score: number
}

/**
 * Trains the ECG beat model on usual beats alone: first in folds over persons, each judged by a model of the others, for
 * the number of epochs, the threshold and the metrics; then once on all.
 */
export function trainEcgBeat(
  { tf, name: backend }: Backend,
  sources: readonly TrainingSource[],
  options: EcgBeatTrainingOptions,
): TrainedModel {
  const recorded = sources.filter((source) => source.kind === 'recorded')
  const folds = foldsByPerson(
    recorded.map((source) => source.person),
    choices.folds,
  )
  const total = (folds.length + 1) * choices.epochs
  let done = 0
  const onEpoch = () => options.onProgress?.(++done, total)
  const judged: Judged[] = []
  const epochs: number[] = []
  for (const fold of folds) {
    const heldOut = recorded.filter((source) => fold.includes(source.person))
    const model = fit(
      tf,
      sources.filter((source) => !heldOut.includes(source)),
      heldOut,
      options.seed,
      choices.epochs,
      onEpoch,
    )
    epochs.push(model.epochs)
    for (const source of heldOut) judged.push(...judge(model, source))
  }
  const final = fit(tf, sources, [], options.seed, quantile(epochs, 0.5), onEpoch)
  options.onProgress?.(total, total)
  const threshold = thresholdOf(judged)
  return { manifest: describe(sources, final, judged, threshold, backend, options), weights: final.weights }
}

type Fitted = ReturnType<typeof fit>

function fit(
  tf: TensorFlow,
  sources: readonly TrainingSource[],
  heldOut: readonly TrainingSource[],
  seed: number,
  epochs: number,
  onEpoch: () => void,
) {
  const inputs = sources.flatMap(usualInputs)
  // Simulated beats are all alike: they are learnt, but must not narrow what counts as usual.
  const recorded = sources.filter(({ kind }) => kind === 'recorded').flatMap(usualInputs)
  const scaler = fitScaler(recorded)
  const scaled = inputs.map((input) => applyScaler(scaler, input))
  const { points } = ecgBeatInput
  const trained = trainNetwork(
    tf,
    graph,
    scaled,
    heldOut.flatMap(usualInputs).map((input) => applyScaler(scaler, input)),
    {
      ...choices,
      seed,
      epochs,
      lossWeights: new Float32Array(ecgBeatInputLength).fill(1).fill(choices.rhythmLossWeight, points),
    },
    onEpoch,
  )
  const plain = {
    mean: [...scaler.mean],
    scale: [...scaler.scale],
    weight: new Array<number>(ecgBeatInputLength).fill(1),
  }
  const network = reconstructorOf(typescriptNetwork(graph, trained.weights))
  const output = new Float32Array(network.length)
  const residuals = recorded.map((input) => {
    const target = applyScaler(scaler, input)
    network.reconstruct(target, output)
    return target.map((value, k) => value - output[k]!)
  })
  return { scaler: { ...plain, weight: [...fitWeights(residuals)] }, weights: trained.weights, epochs: trained.epochs }
}

function judge({ scaler, weights }: Fitted, source: TrainingSource): Judged[] {
  const scorer = createScorer({ architecture, scaler }, weights)
  return source.beats.flatMap(({ beat, label, usual }) => {
    if (beat.input === undefined || label === undefined || label === 'Q' || !assessable(beat)) return []
    return [{ source, label, usual, score: scorer.score(beat.input)!.score }]
  })
}

function usualInputs({ kind, beats }: TrainingSource): Float32Array[] {
  const usual = beats.flatMap(({ beat, usual }) => (usual && beat.input && assessable(beat) ? [beat.input] : []))
  return thin(usual, choices.beatsByPerson[kind])
}

function assessable({ quality }: LabelledBeat['beat']): boolean {
  return quality.complete && !quality.saturated && quality.noise <= choices.maxNoise
}

/** Of the typical person: a pooled quantile would be that of the one or two whose signal is worst. */
function thresholdOf(judged: readonly Judged[]): number {
  const persons = [...new Set(judged.map(({ source }) => source.person))]
  const own = persons.map((person) => {
    const usual = judged.filter((beat) => beat.usual && beat.source.person === person)
    return quantile(
      usual.map(({ score }) => score),
      choices.thresholdQuantile,
    )
  })
  return quantile(own, 0.5)
}

function describe(
  sources: readonly TrainingSource[],
  { scaler, epochs }: Fitted,
  judged: readonly Judged[],
  threshold: number,
  backend: string,
  { seed, excluded, simulatedSeeds, command }: EcgBeatTrainingOptions,
): Omit<UnhashedManifest, 'weightsSha256'> {
  const recorded = sources.filter((source) => source.kind === 'recorded')
  const count = (kind: TrainingSource['kind']) =>
    sources.filter((source) => source.kind === kind).reduce((sum, source) => sum + usualInputs(source).length, 0)
  return {
    schemaVersion: bundleSchemaVersion,
    name: 'ecg-beat',
    architecture,
    inputSchema: { ...ecgBeatInput, features: [...ecgBeatInput.features] },
    scaler,
    threshold: {
      value: threshold,
      how:
        `median over held-out recorded persons of the ${choices.thresholdQuantile * 100} % quantile of the scores of ` +
        `their usual beats, each person judged by a model of the others (${choices.folds} folds)`,
    },
    quality: { maxNoise: choices.maxNoise, how: 'fixed beforehand: noise of a tenth of the QRS amplitude (RMS)' },
    training: {
      records: recorded.map((source) => source.name),
      persons: [...new Set(recorded.map((source) => source.person))],
      excluded: [...excluded],
      simulated: [...simulatedSeeds],
      seed,
      backend,
      command,
      beats: { real: count('recorded'), simulated: count('simulated') },
      split: `by person, ${choices.folds} folds for epochs, threshold and metrics; then all persons`,
      epochs,
    },
    metrics: measure(judged, threshold),
  }
}

function measure(judged: readonly Judged[], threshold: number): UnhashedManifest['metrics'] {
  const aurocByRecord: Record<string, number> = {}
  for (const name of new Set(judged.map(({ source }) => source.name))) {
    const own = judged.filter(({ source }) => source.name === name)
    const anomalous = own.filter(({ label }) => isAnomalous(label)).map(({ score }) => score)
    const normal = own.filter(({ label }) => label === 'N').map(({ score }) => score)
    if (anomalous.length >= choices.leastAnomalous && normal.length > 0) aurocByRecord[name] = auroc(anomalous, normal)
  }
  const above = (label: BeatClass) => {
    const own = judged.filter((beat) => beat.label === label)
    return own.length === 0 ? 0 : share(own, ({ score }) => score > threshold)
  }
  return {
    meanAuroc: mean(Object.values(aurocByRecord)),
    aurocByRecord,
    ventricularSensitivity: above('V'),
    supraventricularSensitivity: above('S'),
    normalBeatsAboveThreshold: above('N'),
  }
}
