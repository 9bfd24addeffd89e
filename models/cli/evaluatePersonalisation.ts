import { thisCommit, thisMachine } from '../evaluation/evaluation.ts'
import { anchorOf } from '../personalisation/anchor.ts'
import { compareOnRecord, countWins, type BeatMeasures, type RecordComparison } from '../personalisation/evaluate.ts'
import { personalChoices } from '../personalisation/personalise.ts'
import { majorityChoices } from '../personalisation/majority.ts'
import { createScorer } from '../bundle.ts'
import { type BackendChoice, loadBackend } from '../training/backend.ts'
import { trainEcgBeat } from '../training/ecgBeatTraining.ts'
import { mean } from '../training/measures.ts'
import { foldsByPerson } from '../training/split.ts'
import { alarmLogicOf } from './alarmLogics.ts'
import { recordedSource, recordNames, simulatedSource, type RecordedSource } from './ecgBeatSources.ts'

export interface PersonalisationEvaluationOptions {
  recordings: string
  minutes: number
  simulated: number
  seed: number
  backend: BackendChoice
}

const folds = 4
const firstSimulatedSeed = 70_001
/** Ways of personalising that were compared on the same twelve records of MIT-BIH before this one was taken. */
const variantsTried = 28

/**
 * For each fold of persons a population model of the others (with its own folds for epochs and threshold), tuned to each person
 * of the fold by the first minutes, and both judged on the rest.
 */
export async function evaluatePersonalisation(
  { recordings, minutes, simulated, seed, backend: choice }: PersonalisationEvaluationOptions,
  onProgress: (done: number, total: number) => void = () => {},
) {
  const backend = await loadBackend(choice)
  const sources: RecordedSource[] = []
  for (const name of await recordNames(recordings, [])) sources.push(await recordedSource(recordings, name))
  const simulatedSeeds = Array.from({ length: simulated }, (_, i) => firstSimulatedSeed + i)
  const wearers = simulatedSeeds.map((simulatedSeed) => simulatedSource(simulatedSeed))
  const files: RecordComparison[] = []
  const dealt = foldsByPerson(
    sources.map(({ person }) => person),
    folds,
  )
  dealt.forEach((fold, f) => {
    const heldOut = sources.filter(({ person }) => fold.includes(person))
    const { manifest, weights } = trainEcgBeat(
      backend,
      [...sources.filter((source) => !heldOut.includes(source)), ...wearers],
      {
        seed,
        excluded: fold,
        simulatedSeeds,
        command: 'personalise evaluate',
        onProgress: (done, total) => onProgress(f * total + done, dealt.length * total),
      },
    )
    const anchor = anchorOf({
      manifest: { ...manifest, hash: '', weightsSha256: '' },
      hash: '',
      parameters: weights,
      scorer: createScorer(manifest, weights),
    })
    const options = { tf: backend.tf, seed, minutes, logic: alarmLogicOf('ecg-anomaly') }
    for (const source of heldOut) files.push(compareOnRecord(anchor, source, options))
  })
  files.sort((a, b) => a.record.localeCompare(b.record))
  return {
    suite: 'personalisation',
    commit: thisCommit(),
    seed,
    machine: thisMachine(),
    settings: {
      minutes,
      simulated,
      folds,
      backend: backend.name,
      variantsTried,
      ...majorityChoices,
      ...personalChoices,
    },
    metrics: {
      ...figures(files, (file) => file.personal.population),
      recordsWithBetterAuroc: countWins(files, ({ auroc }) => auroc, 'population').better,
      recordsWithWorseAuroc: countWins(files, ({ auroc }) => auroc, 'population').worse,
      recordsWithBetterAp: countWins(files, ({ ap }) => ap, 'population').better,
      recordsWithWorseAp: countWins(files, ({ ap }) => ap, 'population').worse,
      records: files.length,
    },
    baselines: {
      population: figures(files, (file) => file.population),
      personalWithOwnThreshold: figures(files, (file) => file.personal.own),
    },
    files,
  }
}

/** Means over the records that have a figure. */
function figures(files: readonly RecordComparison[], of: (file: RecordComparison) => BeatMeasures) {
  const meanOf = (value: (measures: BeatMeasures) => number) =>
    mean(files.map((file) => value(of(file))).filter((figure) => !Number.isNaN(figure)))
  return {
    auc: meanOf(({ auroc }) => auroc),
    ap: meanOf(({ ap }) => ap),
    normalAbove: meanOf(({ normalAbove }) => normalAbove),
    ventricularAbove: meanOf(({ ventricularAbove }) => ventricularAbove),
  }
}
