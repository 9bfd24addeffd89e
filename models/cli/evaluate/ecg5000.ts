import { SingleBar } from 'cli-progress'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ecg5000Choices, evaluateEcg5000, normalBeat } from '../../evaluation/ecg5000.ts'
import { findEcg5000, readEcg5000 } from '../../evaluation/ecg5000Files.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import type { OneClassResult } from '../../evaluation/oneClass.ts'
import type { Plot } from '../../evaluation/report/plot.ts'
import { rankPlots } from '../../evaluation/report/plots.ts'
import { writeReport } from '../../evaluation/report/report.ts'
import { type BackendChoice, backendChoices, loadBackend } from '../../training/backend.ts'
import { wholeNumber } from '../arguments.ts'
import { reportOption, resumeOption } from './eachFile.ts'
import { KeptResults } from './keptResults.ts'

export interface Ecg5000CommandOptions {
  seed: number
  seeds: number
  normal: number
  train?: string
  backend: BackendChoice
  report?: string
  resume?: string
}

export function registerEcg5000(evaluate: Command): void {
  evaluate
    .command('ecg5000')
    .description('learn from the normal beats of ECG5000 and tell the others from them')
    .argument('<dir>', 'folder with ECG5000_TRAIN and ECG5000_TEST; with one file alone it is cross-validated')
    .option('--seed <n>', 'of folds, weights, shuffling and noise', wholeNumber, 1)
    .option('--seeds <n>', 'run so many times, with this seed and those that follow; figures are means', runs, 1)
    .option('--normal <label>', 'label of the normal beats; all others are anomalous', label, normalBeat)
    .option('--train <file>', 'learn from this file instead of one in the folder')
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto'))
    .option(...resumeOption)
    .option(...reportOption)
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate ecg5000 recordings/ecg5000 --seeds 10 --json')
    .action(async (path: string, options: Ecg5000CommandOptions & { json?: boolean }) => {
      const say = (line: string) => process.stderr.write(`${line}\n`)
      const { plots, ...result } = await evaluateEcg5000Files(path, options, say)
      if (options.report !== undefined) await writeReport(options.report, result, plots)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

/** @param say is told what runs. */
export async function evaluateEcg5000Files(
  path: string,
  { seed, seeds, normal, train, resume, backend: choice }: Ecg5000CommandOptions,
  say: (line: string) => void,
): Promise<Ecg5000Evaluation & { plots: Plot[] }> {
  const files = await findEcg5000(path, train)
  const data = await readEcg5000(files)
  const backend = await loadBackend(choice)
  say(`training with ${backend.name} (${backend.reason})`)
  const bar = new SingleBar({ format: 'learning {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
  const onProgress = (done: number, total: number) => {
    if (done === 1) bar.start(total, 0)
    bar.update(done)
  }
  try {
    const runSeeds = Array.from({ length: seeds }, (_, i) => seed + i)
    const kept = new KeptResults(resume, { files, normal, backend: backend.name, ...ecg5000Choices })
    const report = evaluateEcg5000(data, {
      tf: backend.tf,
      seeds: runSeeds,
      normal,
      onProgress,
      before: (one) => kept.read(`seed ${one}`),
      onRun: (run) => kept.write(`seed ${run.seed}`, run),
    })
    const { protocol, counts, metrics, baselines, runs } = report
    const { seed: firstSeed, results } = runs[0]!
    const scores = new Map(Object.entries(results).map(([name, own]) => [name, own.scores]))
    return {
      suite: 'ecg5000',
      commit: thisCommit(),
      seed,
      machine: thisMachine(),
      settings: { protocol, counts, seeds, normal, backend: backend.name, ...ecg5000Choices },
      metrics,
      baselines,
      files: [
        { file: files.train, part: 'train' },
        ...(files.test === undefined ? [] : [{ file: files.test, part: 'test' }]),
      ],
      runs: runs.map((run) => ({ seed: run.seed, results: mapped(run.results, withoutScores) })),
      plots: rankPlots(`${protocol}, seed ${firstSeed}`, scores),
    }
  } finally {
    bar.stop()
  }
}

/** With the figures of each run. */
export type Ecg5000Evaluation = Omit<Evaluation, 'files'> & {
  runs: { seed: number; results: Record<string, Omit<OneClassResult, 'scores'>> }[]
  files: readonly { file: string; part: string }[]
}

function withoutScores({ aucs, pooledAuc, confusion }: OneClassResult): Omit<OneClassResult, 'scores'> {
  return { aucs, pooledAuc, confusion }
}

function mapped<A, B>(of: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]))
}

function table({ settings, metrics, baselines, runs }: Ecg5000Evaluation): string {
  const columns = ['auc', 'pooledAuc', 'accuracy', 'f1', 'sensitivity', 'ppv']
  const row = (name: string, of: Record<string, number>) =>
    [name.padEnd(16), ...columns.map((column) => of[column]!.toFixed(4).padEnd(11))].join(' ').trimEnd()
  const { truePositive, falseNegative, falsePositive, trueNegative } = runs[0]!.results['autoencoder']!.confusion
  return [
    `${String(settings['protocol'])}, seeds: ${runs.map(({ seed }) => seed).join(', ')}`,
    ['detector'.padEnd(16), ...columns.map((column) => column.padEnd(11))].join(' ').trimEnd(),
    row('autoencoder', metrics),
    ...Object.entries(baselines).map(([name, of]) => row(name, of)),
    `autoencoder, seed ${runs[0]!.seed}: anomalous ${truePositive} found, ${falseNegative} missed; ` +
      `normal ${falsePositive} above the threshold, ${trueNegative} below`,
  ].join('\n')
}

function runs(text: string): number {
  const count = wholeNumber(text)
  if (count < 1) throw new InvalidArgumentError(`expected at least 1, received ${text}`)
  return count
}

function label(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError(`expected a whole number, received ${text}`)
  return Number(text)
}
