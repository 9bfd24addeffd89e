import { createScorer } from '../bundle.ts'
import { fitPca } from '../detectors/baselines/pca.ts'
import { fitRobustScaler } from '../detectors/baselines/zScore.ts'
import { createTerms, type Model } from '../detectors/model.ts'
import { typescriptNetwork } from '../engine/typescriptNetwork.ts'
import { graphSchema } from '../graph/graphSchema.ts'
import { unfitBecause } from '../inputs/ecgQuality.ts'
import { ecgBeatInput, ecgBeatInputLength } from '../inputs/inputSchema.ts'
import type { Scorer } from '../scorer.ts'
import type { TensorFlow } from './backend.ts'
import type { BeatClass } from './beatClasses.ts'
import { ecgBeatChoices, ecgBeatGraph } from './ecgBeatChoices.ts'
import { flatten, type EpochReport, type Trained } from './epochs.ts'
import type { LabelledBeat } from './labelledBeats.ts'
import { applyScaler, fitScaler, fitWeights, type Scaler } from './scaler.ts'
import { thin } from './split.ts'
import { trainNetwork } from './trainNetwork.ts'
import { variedBeats } from './variedBeats.ts'

/** Beats of one recording or of one simulated wearer. */
export interface TrainingSource {
  name: string
  person: string
  kind: 'recorded' | 'simulated'
  beats: readonly LabelledBeat[]
}

/** A model of ECG beats with all that its scores need. */
export interface FittedBeatModel {
  model: Model
  parameters: Float32Array
  scaler: { mean: number[]; scale: number[]; weight: number[] }
}

export interface FittedNetwork extends FittedBeatModel {
  trained: Omit<Trained, 'weights'>
}

/** A beat that a model has judged without having seen anything of its person. */
export interface Judged {
  source: TrainingSource
  label: BeatClass
  usual: boolean
  score: number
}

/** Trains the autoencoder on usual beats; those held out are for early stopping. */
export function fitNetwork(
  tf: TensorFlow,
  sources: readonly TrainingSource[],
  heldOut: readonly TrainingSource[],
  { seed, epochs }: { seed: number; epochs: number },
  onEpoch: (report: EpochReport) => void,
  checkpoint?: string,
): FittedNetwork {
  const { inputs, recorded } = usualBeats(sources)
  const scaler = fitScaler(recorded)
  const lossWeights = new Float32Array(ecgBeatInputLength).fill(1)
  const { weights, ...trained } = trainNetwork(
    tf,
    ecgBeatGraph,
    variedBeats(inputs, ecgBeatChoices.variation, seed).map((input) => applyScaler(scaler, input)),
    heldOut.flatMap(usualInputs).map((input) => applyScaler(scaler, input)),
    {
      ...ecgBeatChoices,
      seed,
      epochs,
      lossWeights: lossWeights.fill(ecgBeatChoices.rhythmLossWeight, ecgBeatInput.points),
    },
    onEpoch,
    checkpoint,
  )
  const graph = graphSchema.parse(ecgBeatGraph)
  const { reconstructedShare } = ecgBeatChoices
  const model: Model = { kind: 'autoencoder', architecture: 'dense', graph, reconstructedShare }
  return { ...weighed({ model, parameters: weights }, scaler, recorded), trained }
}

/** The models that the network must beat, on the same beats and counting errors the same way. */
export function fitBaselines(sources: readonly TrainingSource[]): Record<string, FittedBeatModel> {
  const { recorded, inputs } = usualBeats(sources)
  const scaler = fitScaler(recorded)
  const scaled = inputs.map((input) => applyScaler(scaler, input))
  const { components, parameters } = fitPca(scaled, ecgBeatChoices.pca)
  const nearest = { kind: 'nearest-normal', windows: scaled.length, compare: 'as measured' } as const
  const usual = { model: { kind: 'z-score' }, parameters: new Float32Array() } as const
  return {
    'z-score': weighed(usual, fitRobustScaler(recorded), recorded),
    // Every point on the same scale, in voltage, as the network sees them.
    'distance from the mean beat': weighed(usual, scaler, recorded),
    pca: weighed({ model: { kind: 'pca', components }, parameters }, scaler, recorded),
    'nearest-normal': weighed({ model: nearest, parameters: flatten(scaled) }, scaler, recorded),
  }
}

/** On the path that every machine has, so that everywhere the same bundle comes out. */
export function beatScorer({ model, parameters, scaler }: FittedBeatModel): Scorer {
  return createScorer({ model, scaler, inputSchema: { kind: 'ecg-beat' } }, parameters, typescriptNetwork)
}

/** All beats of a source that can be judged and have a label. */
export function judge(fitted: FittedBeatModel, source: TrainingSource): Judged[] {
  const scorer = beatScorer(fitted)
  return source.beats.flatMap(({ beat, label, usual }) => {
    if (beat.input === undefined || label === undefined || label === 'Q' || !assessable(beat)) return []
    return [{ source, label, usual, score: scorer.score(beat.input)!.score }]
  })
}

/** Inputs that are learnt from. */
export function usualInputs({ kind, beats }: TrainingSource): Float32Array[] {
  const usual = beats.flatMap(({ beat, usual }) => (usual && beat.input && assessable(beat) ? [beat.input] : []))
  return thin(usual, ecgBeatChoices.beatsByPerson[kind])
}

/** All, the recorded ones first. Simulated ones are all alike: they are learnt, but must not narrow what counts as usual. */
function usualBeats(sources: readonly TrainingSource[]): { inputs: Float32Array[]; recorded: Float32Array[] } {
  const of = (wanted: TrainingSource['kind']) => sources.filter(({ kind }) => kind === wanted).flatMap(usualInputs)
  const recorded = of('recorded')
  return { inputs: [...recorded, ...of('simulated')], recorded }
}

/** Gives errors their weights by the residuals of the recorded beats, each judged by the others where a model keeps them. */
function weighed(
  { model, parameters }: Pick<FittedBeatModel, 'model' | 'parameters'>,
  scaler: Scaler,
  recorded: readonly Float32Array[],
): FittedBeatModel {
  const [term] = createTerms(model, ecgBeatInputLength, parameters, typescriptNetwork)
  const reconstructor = term!.model
  const output = new Float32Array(ecgBeatInputLength)
  const residuals = recorded.map((input, n) => {
    const target = applyScaler(scaler, input)
    const judge = reconstructor.without?.(n) ?? reconstructor
    judge.reconstruct(target, output)
    return target.map((value, k) => value - output[k]!)
  })
  const weight = [...fitWeights(residuals)]
  return { model, parameters, scaler: { mean: [...scaler.mean], scale: [...scaler.scale], weight } }
}

function assessable({ quality }: LabelledBeat['beat']): boolean {
  return unfitBecause(quality, ecgBeatChoices.maxNoise) === undefined
}
