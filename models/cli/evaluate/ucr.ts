import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import type { Plot } from '../../evaluation/report/plot.ts'
import { seriesPlots } from '../../evaluation/report/plots.ts'
import { writeReport } from '../../evaluation/report/report.ts'
import { compareOnSeries, detectorName } from '../../evaluation/seriesComparison.ts'
import { readSeries } from '../../evaluation/seriesFiles.ts'
import { highestAfter, judgeUcr, parseUcrName, ucrMetrics, type UcrResult } from '../../evaluation/ucr.ts'
import { loadBackend } from '../../training/backend.ts'
import { eachSeries, seriesCommand, seriesSettings, type SeriesSuiteOptions } from './seriesSuite.ts'

export function registerUcr(evaluate: Command): void {
  seriesCommand(evaluate, 'ucr')
    .description('where the one anomaly of each series of the UCR anomaly archive is')
    .argument('<dir>', 'folder with <number>_UCR_Anomaly_<name>_<train end>_<start>_<end>.txt[.gz]')
    .addHelpText('after', '\nExample: vital-edge evaluate ucr recordings/ucr-anomaly --json')
    .action(async (directory: string, options: SeriesSuiteOptions) => {
      const { plots, ...result } = await evaluateUcr(directory, options)
      if (options.report !== undefined) await writeReport(options.report, result, plots)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

interface UcrRow {
  file: string
  /** Points. */
  period: number
  pointsAStep: number
  /** By the detector's name. */
  results: Record<string, UcrResult>
}

type UcrEvaluation = Omit<Evaluation, 'files'> & { files: readonly UcrRow[] }

/** @throws Error where the folder has no such file, or one cannot be read. */
export async function evaluateUcr(
  directory: string,
  options: SeriesSuiteOptions,
): Promise<UcrEvaluation & { plots: Plot[] }> {
  const files = (await readdir(directory)).filter((file) => file.includes('_UCR_Anomaly_')).sort()
  if (files.length === 0)
    throw new Error(`${directory}: expected files such as 004_UCR_Anomaly_NAME_2500_5400_5600.txt, found none`)
  const { seed, ablation = false } = options
  const { tf, name: backend } = await loadBackend(options.backend)
  const judged = await eachSeries(files, options, async (file): Promise<{ row: UcrRow; plots: Plot[] }> => {
    const named = parseUcrName(file)
    const values = await readSeries(join(directory, file))
    const { plan, scores } = compareOnSeries(values, named.trainPoints, { tf, seed, ablation, beginning: 'normal' })
    const { period, pointsAStep } = plan
    const told = (steps: Float32Array) =>
      highestAfter(steps, Math.ceil(named.trainPoints / pointsAStep)) * pointsAStep + Math.floor(pointsAStep / 2)
    const results = Object.fromEntries([...scores].map(([name, steps]) => [name, judgeUcr(named, told(steps))]))
    const row = { file, period, pointsAStep, results }
    const { from, to } = results[detectorName]!
    const bands = [{ name: 'marked as anomalous', from, to }]
    return { row, plots: seriesPlots(file, values, { steps: scores.get(detectorName)!, pointsAStep, bands }) }
  })
  const rows = judged.map(({ row }) => row)
  const names = Object.keys(rows[0]!.results)
  const metricsOf = (name: string) => ucrMetrics(rows.map(({ results }) => results[name]!))
  const others = names.filter((name) => name !== detectorName)
  return {
    suite: 'ucr',
    commit: thisCommit(),
    seed,
    machine: thisMachine(),
    settings: { backend, ...seriesSettings },
    metrics: metricsOf(detectorName),
    baselines: Object.fromEntries(others.map((name) => [name, metricsOf(name)])),
    files: rows,
    plots: judged.flatMap(({ plots }) => plots),
  }
}

function table({ metrics, baselines, files }: UcrEvaluation): string {
  const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(1)} %`)
  const row = (name: string, of: Record<string, number>) =>
    [
      name.padEnd(28),
      percent(of['accuracy']).padStart(9),
      percent(of['withinLength.accuracy']).padStart(14),
      percent(of['distinct.accuracy']).padStart(12),
    ].join(' ')
  const families = Object.entries(metrics).filter(([name]) => name.startsWith('family.'))
  return [
    `${files.length} series${' '.repeat(14)}  within 100  within length  anomaly once`,
    row(detectorName, metrics),
    ...Object.entries(baselines).map(([name, of]) => row(name, of)),
    '',
    ...families.map(
      ([name, share]) =>
        `${name.slice('family.'.length, -'.accuracy'.length).padEnd(28)} ${percent(share).padStart(9)}`,
    ),
  ].join('\n')
}
