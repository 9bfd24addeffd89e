import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { loudestPulse } from '../../../edge/vitals/loudestPulse.ts'
import { leastConfidence, PpgHeartRate } from '../../../edge/vitals/ppgHeartRate.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import { judgeSpc, spcMetrics, spcRateHz, type SpcEstimator, type SpcRun } from '../../evaluation/spc.ts'

export function registerSpc(evaluate: Command): void {
  evaluate
    .command('spc')
    .description('heart rate from wrist PPG while running (IEEE Signal Processing Cup 2015)')
    .argument('<dir>', 'folder with DATA_*.csv[.gz] and DATA_*_bpm.csv')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate spc recordings/ieee-spc-2015 --json')
    .action(async (directory: string, options: { json?: boolean }) => {
      const result = await evaluateSpc(directory)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

/** @throws Error where the folder has no run, or one lacks its reference or a column. */
export async function evaluateSpc(directory: string): Promise<SpcEvaluation> {
  const files = (await readdir(directory)).filter((file) => /^DATA_.*(?<!_bpm)\.csv(\.gz)?$/.test(file)).sort()
  if (files.length === 0) throw new Error(`${directory}: expected files DATA_*.csv or DATA_*.csv.gz, found none`)
  const runs = await Promise.all(files.map((file) => readRun(directory, file)))
  const results = runs.map((run) => judgeSpc(run, tracked))
  const simple = runs.map((run) => judgeSpc(run, loudest))
  return {
    suite: 'spc',
    commit: thisCommit(),
    seed: 0,
    machine: thisMachine(),
    settings: { windowSeconds: 8, everySeconds: 2, causal: true, leastConfidence },
    metrics: prefixed(spcMetrics(results)),
    baselines: { 'largest spectral peak': prefixed(spcMetrics(simple)) },
    files: results,
  }
}

type SpcEvaluation = Omit<Evaluation, 'files'> & { files: readonly ReturnType<typeof judgeSpc>[] }

const prefixed = ({ meanAbsoluteError, coverage }: ReturnType<typeof spcMetrics>) => ({
  'ppgHeartRate.meanAbsoluteError': meanAbsoluteError,
  'ppgHeartRate.coverage': coverage,
})

const channels = ['accX', 'accY', 'accZ', 'ppg', 'ppg2'] as const

/** As a device sends it: block by block, a second each. */
const tracked: SpcEstimator = (run) => {
  const heart = new PpgHeartRate()
  const said = new Map<number, number>()
  for (let from = 0; from < run.signals.ppg.length; from += spcRateHz) {
    for (const channel of channels) {
      const block = run.signals[channel].subarray(from, from + spcRateHz)
      for (const { tick, perMinute, confidence } of heart.push(channel, spcRateHz, (from / spcRateHz) * 1e6, block)) {
        if (confidence >= leastConfidence) said.set(tick / 1e6, perMinute)
      }
    }
  }
  return said
}

const loudest: SpcEstimator = (run) => {
  const said = new Map<number, number>()
  for (const { startSeconds } of run.reference) {
    const from = startSeconds * spcRateHz
    const window = run.signals.ppg.subarray(from, from + 8 * spcRateHz)
    said.set(startSeconds + 8, loudestPulse(window, spcRateHz))
  }
  return said
}

async function readRun(directory: string, file: string): Promise<SpcRun> {
  const { header, rows } = await readTable(join(directory, file))
  const column = (name: string) => {
    const at = header.indexOf(name)
    if (at < 0) throw new Error(`${join(directory, file)}: column: expected ${name}, received ${header.join(', ')}`)
    return Float32Array.from(rows, (row) => row[at]!)
  }
  const name = file.replace(/\.csv(\.gz)?$/, '')
  const reference = await readTable(join(directory, `${name}_bpm.csv`))
  return {
    name,
    signals: {
      ppg: column('ppg1'),
      ppg2: column('ppg2'),
      accX: column('acc_x'),
      accY: column('acc_y'),
      accZ: column('acc_z'),
    },
    reference: reference.rows.map(([startSeconds, perMinute]) => ({
      startSeconds: startSeconds!,
      perMinute: perMinute!,
    })),
  }
}

async function readTable(path: string): Promise<{ header: string[]; rows: number[][] }> {
  const bytes = await readFile(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [first, ...lines] = text.split(/\r?\n/).filter((line) => line !== '')
  const cells = (line: string) => line.split(',').map((cell) => cell.trim())
  return { header: cells(first ?? ''), rows: lines.map((line) => cells(line).map(Number)) }
}

function table({ files, metrics, baselines }: SpcEvaluation): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const rows = files.map(
    ({ file, meanAbsoluteError, coverage, worst }) =>
      `${file.padEnd(20)} ${meanAbsoluteError.toFixed(2).padStart(8)} ${percent(coverage).padStart(9)} ${worst.toFixed(1).padStart(6)}`,
  )
  const of = (name: string, figures: Record<string, number>) =>
    `${name.padEnd(20)} ${figures['ppgHeartRate.meanAbsoluteError']!.toFixed(2).padStart(8)} ${percent(figures['ppgHeartRate.coverage']!).padStart(9)}`
  return [
    'run                  error/min  coverage  worst',
    ...rows,
    of('mean', metrics),
    ...Object.entries(baselines).map(([name, figures]) => of(name, figures)),
  ].join('\n')
}
