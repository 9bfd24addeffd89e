import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Command } from 'commander'
import type { Flow, Stage } from '../../../edge/flow.ts'
import { ecgStates, findBeats } from '../../../edge/stages/beats.ts'
import { contacts as contactStates } from '../../../edge/stages/contact.ts'
import { waveformVitals, waveformVitalStates } from '../../../edge/stages/waveformVitals.ts'
import { leastConfidence } from '../../../edge/vitals/ppgHeartRate.ts'
import { leastBreathConfidence } from '../../../edge/vitals/respiration.ts'
import {
  bidmcMetrics,
  bidmcProtocol,
  bidmcRateHz,
  bidmcRates,
  judgeBidmc,
  type BidmcRate,
  type BidmcRecord,
  type BidmcTold,
  type RateFigures,
  type ToldRate,
} from '../../evaluation/bidmc.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'

/** The monitor's own rates are wrong for 72 s of this record (shared/recordings): it is reported apart. */
const apartNames = ['bidmc_41']

export function registerBidmc(evaluate: Command): void {
  evaluate
    .command('bidmc')
    .description('heart rate and respiration from ECG and PPG in intensive care (BIDMC)')
    .argument('<dir>', 'folder with bidmc_NN_Signals.csv[.gz], _Numerics.csv and _Breaths.csv')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate bidmc recordings/bidmc --json')
    .action(async (directory: string, options: { json?: boolean }) => {
      const result = await evaluateBidmc(directory)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

type BidmcFile = { file: string; apart: boolean; cpuMicrosPerSecond: number } & Record<BidmcRate, RateFigures>
type BidmcEvaluation = Omit<Evaluation, 'files'> & { files: readonly BidmcFile[] }

/** @throws Error where the folder has no record with signals, or one lacks a column or a file. */
export async function evaluateBidmc(directory: string): Promise<BidmcEvaluation> {
  const signals = (await readdir(directory)).filter((file) => /_Signals\.csv(\.gz)?$/.test(file)).sort()
  if (signals.length === 0)
    throw new Error(`${directory}: expected files *_Signals.csv or *_Signals.csv.gz, found none`)
  const files: BidmcFile[] = []
  for (const file of signals) {
    const record = await readRecord(directory, file)
    const { told, cpuMicrosPerSecond } = listen(record)
    const apart = apartNames.includes(record.name)
    files.push({ file: record.name, apart, cpuMicrosPerSecond, ...judgeBidmc(record, told) })
  }
  const together = files.filter(({ apart }) => !apart)
  const breath = ['ecgRespiration', 'ppgRespiration', 'respiration'] as const
  const all = bidmcMetrics(files)
  return {
    suite: 'bidmc',
    commit: thisCommit(),
    seed: 0,
    machine: thisMachine(),
    settings: {
      ...bidmcProtocol,
      causal: true,
      leastConfidence,
      leastBreathConfidence,
      apart: apartNames,
      blockSamples,
    },
    metrics: {
      ...bidmcMetrics(together),
      // The annotators' breaths do not depend on the monitor.
      ...Object.fromEntries(Object.entries(all).filter(([name]) => breath.some((rate) => name.startsWith(`${rate}.`)))),
      cpuMicrosPerSecond: files.reduce((sum, file) => sum + file.cpuMicrosPerSecond, 0) / files.length,
    },
    baselines: {},
    files,
  }
}

const blockSamples = 25

/** Through the gateway's own stages, once with ECG alone, once with PPG alone, and once with both. */
function listen(record: BidmcRecord): { told: BidmcTold; cpuMicrosPerSecond: number } {
  const ecg = run({ ecg: record.ecg })
  const ppg = run({ ppg: record.ppg })
  const before = process.cpuUsage()
  const both = run({ ecg: record.ecg, ppg: record.ppg })
  const { user, system } = process.cpuUsage(before)
  return {
    told: {
      ecgHeartRate: ecg.heartRate,
      ppgHeartRate: ppg.heartRate,
      ecgRespiration: ecg.respirationRate,
      ppgRespiration: ppg.respirationRate,
      respiration: both.respirationRate,
    },
    cpuMicrosPerSecond: (user + system) / (record.ecg.length / bidmcRateHz),
  }
}

/** What was told when: the moment of a value is the end of the block that brought it out. */
function run(signals: Partial<Record<'ecg' | 'ppg', Float32Array>>) {
  const contacts = contactStates()
  const stages: Stage[] = [findBeats(ecgStates(), contacts), waveformVitals(waveformVitalStates(), contacts)]
  const told = { heartRate: [] as ToldRate[], respirationRate: [] as ToldRate[] }
  const samples = Math.max(...Object.values(signals).map(({ length }) => length))
  for (let from = 0; from < samples; from += blockSamples) {
    const seconds = (from + blockSamples) / bidmcRateHz
    const pass = (item: Flow, stage: number): void => {
      if (stage < stages.length) return stages[stage]!(item, (next) => pass(next, stage + 1))
      if (item.kind === 'vital' && (item.signal === 'heartRate' || item.signal === 'respirationRate'))
        told[item.signal].push({ seconds, perMinute: item.value })
    }
    const tick = (from * 1e6) / bidmcRateHz
    const stamp = { source: 'file', device: 'bidmc', wearer: 'bidmc', bootId: 0, tick, sampledAt: tick }
    for (const signal of ['ecg', 'ppg'] as const) {
      const values = signals[signal]?.subarray(from, from + blockSamples)
      if (values !== undefined) pass({ kind: 'samples', ...stamp, signal, rateHz: bidmcRateHz, values }, 0)
    }
  }
  return told
}

async function readRecord(directory: string, file: string): Promise<BidmcRecord> {
  const name = file.replace(/_Signals\.csv(\.gz)?$/, '')
  const signals = await readTable(join(directory, file))
  const numerics = await readTable(join(directory, `${name}_Numerics.csv`))
  const breaths = await readTable(join(directory, `${name}_Breaths.csv`))
  const marks = (annotator: number) =>
    breaths.rows.map((row) => row[annotator] ?? NaN).filter((mark) => !Number.isNaN(mark))
  return {
    name,
    ecg: column(signals, ['II', 'I', 'V', 'AVR', 'III', 'MCL1'], file),
    ppg: column(signals, ['PLETH'], file),
    numerics: numerics.rows.map((row) => ({
      seconds: row[numerics.header.findIndex((title) => title.startsWith('Time'))]!,
      heartRate: row[numerics.header.indexOf('HR')] ?? NaN,
      pulse: row[numerics.header.indexOf('PULSE')] ?? NaN,
    })),
    breaths: [marks(0).map((mark) => mark / bidmcRateHz), marks(1).map((mark) => mark / bidmcRateHz)],
  }
}

/** The first of these columns that is there. */
function column({ header, rows }: Table, names: readonly string[], file: string): Float32Array {
  const name = names.find((candidate) => header.includes(candidate))
  if (name === undefined)
    throw new Error(`${file}: column: expected ${names.join(' or ')}, received ${header.join(', ')}`)
  const at = header.indexOf(name)
  return Float32Array.from(rows, (row) => row[at]!)
}

interface Table {
  header: string[]
  rows: number[][]
}

/** Cells that are empty or no number are NaN. */
async function readTable(path: string): Promise<Table> {
  const bytes = await readFile(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [first, ...lines] = text.split(/\r?\n/).filter((line) => line !== '')
  const cells = (line: string) => line.split(',').map((cell) => cell.trim())
  const numberOf = (cell: string) => (cell === '' ? NaN : Number(cell))
  return { header: cells(first ?? ''), rows: lines.map((line) => cells(line).map(numberOf)) }
}

function table({ files, metrics }: BidmcEvaluation): string {
  const cell = (error: number, coverage: number) =>
    `${error.toFixed(2).padStart(6)} ${(100 * coverage).toFixed(0).padStart(4)} %`
  const rows = files.map((file) =>
    [
      `${file.file}${file.apart ? ' (apart)' : ''}`.padEnd(18),
      ...bidmcRates.map((rate) => cell(file[rate].meanAbsoluteError, file[rate].coverage)),
    ].join('  '),
  )
  return [
    ['error/min, coverage', ...bidmcRates.map((rate) => rate.padEnd(13))].join('  '),
    ...rows,
    [
      'mean'.padEnd(18),
      ...bidmcRates.map((rate) => cell(metrics[`${rate}.meanAbsoluteError`]!, metrics[`${rate}.coverage`]!)),
    ].join('  '),
    `${metrics['cpuMicrosPerSecond']!.toFixed(0)} µs of CPU for a second of ECG and PPG`,
  ].join('\n')
}
