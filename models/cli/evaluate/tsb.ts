import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import type { Plot } from '../../evaluation/report/plot.ts'
import { rankPlots, seriesPlots } from '../../evaluation/report/plots.ts'
import { writeReport } from '../../evaluation/report/report.ts'
import { compareOnSeries, detectorName } from '../../evaluation/seriesComparison.ts'
import { readLabelledSeries } from '../../evaluation/seriesFiles.ts'
import { splitTsb, trainingRules, type TrainingRule } from '../../evaluation/tsb.ts'
import { tsbWindow } from '../../evaluation/tsbWindow.ts'
import { volumeUnderSurface, type Vus } from '../../evaluation/vus.ts'
import { pointScores } from '../../series/scoreSeries.ts'
import { seriesBaselineNames } from '../../series/seriesBaselines.ts'
import type { SeriesPlan } from '../../series/seriesPlan.ts'
import { loadBackend } from '../../training/backend.ts'
import { eachSeries, seriesCommand, seriesSettings, type SeriesSuiteOptions } from './seriesSuite.ts'

export function registerTsb(evaluate: Command): void {
  seriesCommand(evaluate, 'tsb')
    .description('labelled series, judged by VUS-PR and VUS-ROC as TSB-AD has them')
    .argument('<dir>', 'folder with files of value,label: .csv or .out, also .gz')
    .addHelpText('after', '\nExample: vital-edge evaluate tsb recordings/tsb-uad-mba --json')
    .action(async (directory: string, options: SeriesSuiteOptions) => {
      const { plots, ...result } = await evaluateTsb(directory, options)
      if (options.report !== undefined) await writeReport(options.report, result, plots)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

interface TsbRow {
  file: string
  /** Of the detector, points. */
  period: number
  pointsAStep: number
  /** TSB-AD's, points. */
  window: number
  trainPoints: number
  /** Points that the oracle does not learn. */
  leftOut: number
  results: Record<TrainingRule, Record<string, Vus>>
}

type TsbEvaluation = Omit<Evaluation, 'files'> & { files: readonly TsbRow[] }

/** @throws Error where the folder has no such file, or one cannot be read or split. */
export async function evaluateTsb(
  directory: string,
  options: SeriesSuiteOptions,
): Promise<TsbEvaluation & { plots: Plot[] }> {
  const files = (await readdir(directory)).filter((file) => /\.(csv|out)(\.gz)?$/.test(file)).sort()
  if (files.length === 0) throw new Error(`${directory}: expected .csv or .out files of value,label, found none`)
  const { seed, ablation = false } = options
  const { tf, name: backend } = await loadBackend(options.backend)
  const judged = await eachSeries(files, options, async (file): Promise<{ row: TsbRow; plots: Plot[] }> => {
    const series = await readLabelledSeries(join(directory, file))
    const window = tsbWindow(series.values)
    const judge = (rule: TrainingRule) => {
      const { values, trainPoints, labels, leftOut } = within(file, () => splitTsb(series, window, rule))
      const beginning = rule === 'labelled' ? 'normal' : 'unlabelled'
      const { plan, scores } = compareOnSeries(values, trainPoints, { tf, seed, ablation, beginning })
      const results = Object.fromEntries(
        [...scores].map(([name, steps]) => {
          const judged = pointScores(steps, plan, values.length).subarray(trainPoints)
          return [name, volumeUnderSurface(labels, judged, window)]
        }),
      )
      return { plan, trainPoints, leftOut, results, values, labels, scores }
    }
    const asItIs = judge('unlabelled')
    const { plan, trainPoints, results: unlabelled } = asItIs
    const { leftOut, results: labelled } = judge('labelled')
    const { period, pointsAStep } = plan
    const results = { unlabelled, labelled }
    const row = { file, period, pointsAStep, window, trainPoints, leftOut, results }
    return { row, plots: plotsOf(file, asItIs) }
  })
  const rows = judged.map(({ row }) => row)
  const metricsOf = (rule: TrainingRule, name: string) => {
    const mean = (of: keyof Vus) => rows.reduce((sum, { results }) => sum + results[rule][name]![of] / rows.length, 0)
    return { vusPr: mean('vusPr'), vusRoc: mean('vusRoc') }
  }
  const rowsOf = trainingRules.flatMap((rule) =>
    Object.keys(rows[0]!.results[rule]).map((name) => [`${name}, ${rule}`, metricsOf(rule, name)] as const),
  )
  return {
    suite: 'tsb',
    commit: thisCommit(),
    seed,
    machine: thisMachine(),
    settings: { backend, ...seriesSettings },
    metrics: metricsOf('unlabelled', detectorName),
    baselines: Object.fromEntries(rowsOf.filter(([name]) => name !== `${detectorName}, unlabelled`)),
    files: rows,
    plots: judged.flatMap(({ plots }) => plots),
  }
}

interface Shown {
  plan: SeriesPlan
  values: Float64Array
  trainPoints: number
  labels: Uint8Array
  scores: ReadonlyMap<string, Float32Array>
}

/** The series with its score, and curves by points of the detector and its baselines. */
function plotsOf(file: string, { plan, values, trainPoints, labels, scores }: Shown): Plot[] {
  const bands: { name: string; from: number; to: number }[] = []
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 1) continue
    if (labels[i - 1] === 1) bands.at(-1)!.to = trainPoints + i + 1
    else bands.push({ name: 'labelled', from: trainPoints + i, to: trainPoints + i + 1 })
  }
  const shown = { steps: scores.get(detectorName)!, pointsAStep: plan.pointsAStep, bands }
  const names = [detectorName, ...seriesBaselineNames].filter((name) => scores.has(name))
  const byPoint = new Map(
    names.map((name) => {
      const points = pointScores(scores.get(name)!, plan, values.length).subarray(trainPoints)
      return [
        name,
        { anomalous: points.filter((_, i) => labels[i] === 1), normal: points.filter((_, i) => labels[i] === 0) },
      ]
    }),
  )
  return [...seriesPlots(file, values, shown), ...rankPlots(`${file}, by points, learnt unlabelled`, byPoint)]
}

function within<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function table({ metrics, baselines, files }: TsbEvaluation): string {
  const row = (name: string, { vusPr, vusRoc }: Record<string, number>) =>
    `${name.padEnd(40)} ${vusPr!.toFixed(3).padStart(7)} ${vusRoc!.toFixed(3).padStart(8)}`
  return [
    `${`${files.length} files`.padEnd(40)}  VUS-PR  VUS-ROC`,
    row(`${detectorName}, unlabelled`, metrics),
    ...Object.entries(baselines).map(([name, of]) => row(name, of)),
  ].join('\n')
}
