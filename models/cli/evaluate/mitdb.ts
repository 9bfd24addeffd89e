import { SingleBar } from 'cli-progress'
import { type Command, Option } from 'commander'
import { createScorer } from '../../bundle.ts'
import type { AlarmLogic } from '../../calibration/alarmLogic.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import {
  alarmsBySensitivity,
  type JudgedRecord,
  lowestScore,
  mitdbProtocol,
  overallFigures,
  pooledScores,
  type RecordFigures,
  recordFigures,
} from '../../evaluation/mitdb.ts'
import type { Point } from '../../evaluation/report/curves.ts'
import type { Plot } from '../../evaluation/report/plot.ts'
import { rankPlots } from '../../evaluation/report/plots.ts'
import { writeReport } from '../../evaluation/report/report.ts'
import { fitDetector, scorerOf } from '../../detectors/fit.ts'
import { unfitBecause } from '../../inputs/ecgQuality.ts'
import { anchorOf, scorerFor, type Anchor } from '../../personalisation/anchor.ts'
import { markUnfit, type StreamedWindow } from '../../personalisation/flags.ts'
import { personalise } from '../../personalisation/personalise.ts'
import { type Backend, type BackendChoice, backendChoices, loadBackend } from '../../training/backend.ts'
import { beatClass } from '../../training/beatClasses.ts'
import { ecgBeatChoices } from '../../training/ecgBeatChoices.ts'
import { beatScorer, fitBaselines, usualInputs, type TrainingSource } from '../../training/ecgBeatFit.ts'
import { trainEcgBeat } from '../../training/ecgBeatTraining.ts'
import type { LabelledBeat } from '../../training/labelledBeats.ts'
import { foldsByPerson } from '../../training/split.ts'
import { tensorflowRecipe } from '../../training/tensorflowRecipe.ts'
import { alarmLogicOf } from '../alarmLogics.ts'
import { simulatedWearers, wholeNumber } from '../arguments.ts'
import { recordedSource, recordNames, simulatedSource, type RecordedSource } from '../ecgBeatSources.ts'
import { reportOption, resumeOption } from './eachFile.ts'
import { KeptResults } from './keptResults.ts'

interface MitdbOptions {
  seed: number
  simulated: number
  backend: BackendChoice
  resume?: string
}

/** Rows of the table: ways of judging, each over all records. */
type Rows = Record<string, JudgedRecord[]>

interface JudgedFold {
  rows: Rows
  /** Why a wearer was not learnt. */
  refused: Record<string, string>
}

interface MitdbFile {
  file: string
  /** Why the wearer was not learnt; both personal rows are then the frozen one. */
  notPersonal?: string
  notAssessable: number
  rows: Record<string, RecordFigures>
}

type MitdbEvaluation = Omit<Evaluation, 'files'> & { files: readonly MitdbFile[] }

const folds = 4
const firstSimulatedSeed = 70_001
const [frozen, unlabelled, labelled] = ['frozen', 'personalUnlabelled', 'personalLabelled'] as const

export function registerMitdb(evaluate: Command): void {
  evaluate
    .command('mitdb')
    .description('anomalous beats of annotated ECG records, each judged by models that have not seen its person')
    .argument('<dir>', 'folder with WFDB records and their .atr annotations, such as MIT-BIH')
    .option('--simulated <n>', 'simulated wearers in the training of the models', simulatedWearers, 12)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto'))
    .option(...resumeOption)
    .option(...reportOption)
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate mitdb recordings/mitdb --json')
    .action(async (directory: string, options: MitdbOptions & { json?: boolean; report?: string }) => {
      const bar = new SingleBar({ format: 'epochs {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
      try {
        const { plots, ...result } = await evaluateMitdb(directory, options, (done, total) => {
          if (done === 1) bar.start(total, 0)
          bar.update(done)
        })
        bar.stop()
        if (options.report !== undefined) await writeReport(options.report, result, plots)
        process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
      } finally {
        bar.stop()
      }
    })
}

/**
 * Deals the persons to folds; for each a model of the others' usual beats (*frozen*), the same tuned to each record's first five
 * minutes as they are (*personal unlabelled*) and to their marked normal beats (*personal labelled*, an oracle), and the baselines
 * learnt from the same beats.
 *
 * @throws Error where the folder has fewer than two annotated records.
 */
export async function evaluateMitdb(
  directory: string,
  { seed, simulated, resume, backend: choice }: MitdbOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<MitdbEvaluation & { plots: Plot[] }> {
  const names = await recordNames(directory, [])
  if (names.length < 2)
    throw new Error(`${directory}: expected at least 2 WFDB records with .atr annotations, found ${names.length}`)
  const backend = await loadBackend(choice)
  const sources: RecordedSource[] = []
  for (const name of names) sources.push(await recordedSource(directory, name))
  const simulatedSeeds = Array.from({ length: simulated }, (_, i) => firstSimulatedSeed + i)
  const wearers = simulatedSeeds.map((simulatedSeed) => simulatedSource(simulatedSeed))
  const logic = alarmLogicOf('ecg-anomaly')
  const kept = new KeptResults(resume, { names, seed, simulated, backend: backend.name, folds })
  const dealt = foldsByPerson(
    sources.map(({ person }) => person),
    folds,
  )
  const judgeFold = (fold: readonly string[], f: number): JudgedFold => {
    const before = kept.read<JudgedFold>(`fold ${f}`)
    if (before !== undefined) return before
    const judgedFold: JudgedFold = { rows: {}, refused: {} }
    const add = (row: string, record: JudgedRecord) => (judgedFold.rows[row] ??= []).push(record)
    const heldOut = sources.filter(({ person }) => fold.includes(person))
    const learnt = [...sources.filter((source) => !heldOut.includes(source)), ...wearers]
    const { manifest, weights } = trainEcgBeat(backend, learnt, {
      seed,
      excluded: fold,
      simulatedSeeds,
      command: 'evaluate mitdb',
      onProgress: (done, total) => onProgress(f * total + done, dealt.length * total),
    })
    const anchor = anchorOf({
      manifest: { ...manifest, hash: '', weightsSha256: '' },
      hash: '',
      parameters: weights,
      scorer: createScorer(manifest, weights),
    })
    const baselines = baselinesOf(backend, learnt, seed)
    for (const source of heldOut) {
      const population = scorerFor(anchor, anchor)
      const byPopulation = judged(source, (input) => population.score(input)!.score, anchor.threshold)
      add(frozen, byPopulation)
      for (const row of [unlabelled, labelled] as const)
        try {
          const model = personalise(anchor, windowsOf(source, anchor, row, logic), { tf: backend.tf, seed })
          const scorer = scorerFor(anchor, model)
          add(
            row,
            judged(source, (input) => scorer.score(input)!.score, model.threshold),
          )
        } catch (error) {
          judgedFold.refused[source.name] = error instanceof Error ? error.message : String(error)
          add(row, byPopulation)
        }
      for (const [name, { score }] of Object.entries(baselines)) add(name, judged(source, score, Number.MAX_VALUE))
    }
    for (const { dispose } of Object.values(baselines)) dispose?.()
    kept.write(`fold ${f}`, judgedFold)
    return judgedFold
  }
  const judgedFolds = dealt.map(judgeFold)
  const rows: Rows = {}
  for (const fold of judgedFolds)
    for (const [row, records] of Object.entries(fold.rows)) (rows[row] ??= []).push(...records)
  const refused = new Map(judgedFolds.flatMap((fold) => Object.entries(fold.refused)))
  const figures = Object.fromEntries(
    Object.entries(rows).map(([row, records]) => [row, overallFigures(records, logic)]),
  )
  const { [frozen]: ours = {}, [unlabelled]: personal = {}, [labelled]: oracle = {}, ...baselines } = figures
  const prefixed = (row: string, own: Record<string, number>) =>
    Object.entries(own).map(([name, value]) => [`${row}.${name}`, value] as const)
  return {
    suite: 'mitdb',
    commit: thisCommit(),
    seed,
    machine: thisMachine(),
    settings: {
      channel: 0,
      causal: true,
      folds,
      simulated,
      backend: backend.name,
      ...mitdbProtocol,
      alarm: logic.description,
    },
    metrics: Object.fromEntries([
      ...prefixed(frozen, ours),
      ...prefixed(unlabelled, personal),
      ...prefixed(labelled, oracle),
    ]),
    baselines: Object.fromEntries(Object.entries(baselines).map(([name, own]) => [name, rankFigures(own)])),
    files: sources.map(({ name }) => {
      const own = Object.entries(rows).map(
        ([row, records]) => [row, records.find(({ record }) => record === name)!] as const,
      )
      const notPersonal = refused.get(name)
      return {
        file: name,
        ...(notPersonal !== undefined && { notPersonal }),
        notAssessable: own[0]![1].found.filter(({ assessable }) => !assessable).length,
        rows: Object.fromEntries(own.map(([row, record]) => [row, recordFigures(record, logic)])),
      }
    }),
    plots: plotsOf(rows, logic),
  }
}

/** Factors on the thresholds, from half to four times. */
const thresholdFactors = Array.from({ length: 25 }, (_, i) => 0.5 * 8 ** (i / 24))

function plotsOf(rows: Rows, logic: AlarmLogic): Plot[] {
  const ranked = new Map(Object.entries(rows).map(([row, records]) => [row, pooledScores(records)]))
  const lines = [frozen, unlabelled, labelled].map((row) => {
    const points = alarmsBySensitivity(rows[row]!, logic, thresholdFactors)
    return { name: row, points: points.map((at): Point => [at.falseAlarmsPerHour, at.sensitivity]) }
  })
  const [xLabel, yLabel] = ['false alarms an hour', 'share of S, V and F beats above the threshold']
  const alarms = {
    title: 'False alarms against sensitivity, thresholds from half to four times',
    xLabel,
    yLabel,
    lines,
  }
  return [...rankPlots('beats of all records, missed ones lowest', ranked), alarms]
}

function rankFigures({ auc, ap, pooledAuc, pooledAp }: ReturnType<typeof overallFigures>): Record<string, number> {
  return { auc, ap, pooledAuc, pooledAp }
}

function isAssessable({ input, quality }: LabelledBeat['beat']): boolean {
  return input !== undefined && unfitBecause(quality, ecgBeatChoices.maxNoise) === undefined
}

function judged(
  { name, beats, annotations, durationSeconds }: RecordedSource,
  score: (input: Float32Array) => number,
  threshold: number,
): JudgedRecord {
  const from = mitdbProtocol.fromSeconds * 1e6
  const isFound = foundMarks(beats)
  return {
    record: name,
    found: beats.flatMap(({ beat, label }) => {
      if (beat.tick < from) return []
      const { input } = beat
      return [
        {
          at: beat.tick,
          ...(label !== undefined && { label }),
          score: input === undefined ? lowestScore : score(input),
          assessable: isAssessable(beat),
        },
      ]
    }),
    missed: annotations.flatMap((mark) => {
      const label = beatClass(mark.code)
      return label === undefined || mark.tick < from || isFound(mark.tick) ? [] : [label]
    }),
    seconds: durationSeconds - mitdbProtocol.fromSeconds,
    threshold,
  }
}

/** Whether the beat marked at a tick was matched with one found. */
function foundMarks(beats: readonly LabelledBeat[]): (tick: number) => boolean {
  const ticks = new Set(beats.flatMap(({ mark }) => (mark === undefined ? [] : [mark])))
  return (tick) => ticks.has(tick)
}

/** What a wearer's model may learn from: the first minutes as they are, or only what a person has marked as normal there. */
function windowsOf(
  { beats }: TrainingSource,
  anchor: Anchor,
  row: typeof unlabelled | typeof labelled,
  logic: AlarmLogic,
) {
  const early = beats.flatMap(({ beat, label }): StreamedWindow[] => {
    const { input, tick: at, quality } = beat
    if (input === undefined || at >= mitdbProtocol.fromSeconds * 1e6) return []
    if (row === labelled && label !== 'N') return []
    return [{ at, input, lowQuality: unfitBecause(quality, ecgBeatChoices.maxNoise) !== undefined }]
  })
  return row === labelled
    ? early.filter(({ lowQuality }) => !lowQuality).map(({ input }) => ({ input }))
    : markUnfit(early, scorerFor(anchor, anchor), anchor.threshold, logic)
}

interface Baseline {
  score: (input: Float32Array) => number
  dispose?: () => void
}

/** Learnt from the same beats; they are compared by rank, so that none needs a threshold. */
function baselinesOf({ tf }: Backend, learnt: readonly TrainingSource[], seed: number): Record<string, Baseline> {
  const usual = learnt.filter(({ kind }) => kind === 'recorded').flatMap(usualInputs)
  const fitted = Object.entries(fitBaselines(learnt)).map(([name, model]): [string, Baseline] => {
    const scorer = beatScorer(model)
    return [name, { score: (input) => scorer.score(input)!.score }]
  })
  const nearest = scorerOf(
    fitDetector('nearest-normal', usual, { seed, scaling: 'each input', compare: 'z-normalised' }),
  )
  const recipe = tensorflowRecipe(tf, usual, seed)
  return {
    ...Object.fromEntries(fitted),
    'nearest-normal, z-normalised': { score: (input) => nearest.score(input)!.score },
    'TensorFlow tutorial': { score: (input) => recipe.score([input])[0]!, dispose: recipe.dispose },
  }
}

function table({ files, metrics, baselines }: MitdbEvaluation): string {
  const number = (value: number | undefined) =>
    (value === undefined || Number.isNaN(value) ? '-' : value.toFixed(3)).padStart(8)
  const ours = [frozen, unlabelled, labelled]
  const all = (row: string, own: (name: string) => number | undefined) =>
    [
      row.padEnd(28),
      ...['auc', 'ap', 'pooledAuc', 'pooledAp'].map((name) => number(own(name))),
      ...['ventricular', 'supraventricular', 'fusion'].map((name) => number(own(`${name}Sensitivity`))),
      number(own('normalAbove')),
      number(own('falseAlarmsPerHour')),
    ].join(' ')
  return [
    `${'record'.padEnd(16)} ${ours.map((row) => row.padStart(18)).join(' ')}   (AUROC)`,
    ...files.map(
      ({ file, rows }) => `${file.padEnd(16)} ${ours.map((row) => number(rows[row]?.auc).padStart(18)).join(' ')}`,
    ),
    '',
    `${''.padEnd(28)}    AUROC       AP   pooled pooledAP    V        S        F     N above  false/h`,
    ...ours.map((row) => all(row, (name) => metrics[`${row}.${name}`])),
    ...Object.entries(baselines).map(([row, own]) => all(row, (name) => own[name])),
  ].join('\n')
}
