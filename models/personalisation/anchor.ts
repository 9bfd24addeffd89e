import type { Bundle } from '../bundle.ts'
import { inputKinds, type InputKind } from '../bundle/inputKinds.ts'
import { createTerms, type Compile, type Model } from '../detectors/model.ts'
import { ecgBeatInput, ecgBeatInputLength } from '../inputs/inputSchema.ts'
import { vitalsInputLength, vitalsScoredLength } from '../inputs/vitalsInput.ts'
import { Scorer, type Scoring } from '../scorer.ts'
import { ecgBeatChoices } from '../training/ecgBeatChoices.ts'
import { ppgInputWeights } from '../training/ppgChoices.ts'

/** The population model: what a personal model starts from and is bound to, however often it is made anew. */
export interface Anchor {
  kind: InputKind
  model: Model
  parameters: Float32Array
  scoring: Scoring
  threshold: number
  /** Median score of normal windows of persons that it had not seen. */
  usualScore: number
}

/** A model in the anchor's place: same input, same scaler. */
export type InItsPlace = Pick<Anchor, 'model' | 'parameters'>

/** @throws Error for a bundle that is personal already: illness could creep in from one to the next. */
export function anchorOf({ manifest, parameters, hash }: Bundle): Anchor {
  if (manifest.personal !== undefined) {
    throw new Error(`bundle ${hash}: expected a population model, received one personal to ${manifest.personal.wearer}`)
  }
  const { scaler, inputSchema, model, threshold, calibrationScores } = manifest
  return {
    kind: inputSchema.kind,
    model,
    parameters,
    scoring: {
      mean: Float32Array.from(scaler.mean),
      scale: Float32Array.from(scaler.scale),
      weight: Float32Array.from(scaler.weight),
      segments: inputKinds[inputSchema.kind].segments,
      ...(scaler.leastMeasured !== undefined && { leastMeasured: scaler.leastMeasured }),
    },
    threshold: threshold.value,
    usualScore: calibrationScores.score[calibrationScores.shares.findIndex((share) => share >= 0.5)]!,
  }
}

export function scorerFor({ scoring }: Anchor, { model, parameters }: InItsPlace, compile?: Compile): Scorer {
  return new Scorer(createTerms(model, scoring.mean.length, parameters, compile), scoring)
}

/** What each input's squared error counted when the population model was trained. */
export function lossWeightsOf(kind: InputKind): Float32Array {
  switch (kind) {
    case 'ecg-beat':
      return new Float32Array(ecgBeatInputLength).fill(1).fill(ecgBeatChoices.rhythmLossWeight, ecgBeatInput.points)
    case 'vitals':
      return new Float32Array(vitalsInputLength).fill(1, 0, vitalsScoredLength)
    case 'ppg-window':
      return ppgInputWeights()
  }
}
