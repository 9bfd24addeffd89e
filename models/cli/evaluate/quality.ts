import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { openRecording } from '../../../simulators/recordings/recording.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import {
  countQuality,
  qualityMetrics,
  ventricularNotAssessable,
  type GatedBeat,
  type QualityCounts,
  type QualityRecord,
} from '../../evaluation/quality.ts'
import { BeatStream, type Beat } from '../../inputs/beatStream.ts'
import { ecgQualityLimits, unfitBecause } from '../../inputs/ecgQuality.ts'
import { loadBundle, type Bundle } from '../../bundle.ts'
import { shippedBundle } from '../../shippedBundle.ts'
import { beatClass } from '../../training/beatClasses.ts'
import { ecgBeatChoices } from '../../training/ecgBeatChoices.ts'
import { recordNames } from '../ecgBeatSources.ts'

export function registerQuality(evaluate: Command): void {
  evaluate
    .command('quality')
    .description('what is scored in electrode motion (MIT-BIH Noise Stress Test), and of ventricular beats')
    .argument('<dir>', 'folder with excerpts such as 118e06.csv[.gz] and their beats, 118e06_ann.csv')
    .option('--mitdb <dir>', 'folder with annotated WFDB records; by default `mitdb` beside <dir>, if it is there')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate quality recordings/nstdb-118e-excerpts --json')
    .action(async (directory: string, options: { json?: boolean; mitdb?: string }) => {
      const result = await evaluateQuality(directory, options.mitdb)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

const rateHz = 360
/** First noisy sample of an excerpt, by its signal-to-noise ratio in dB. */
const noisyFrom: Record<string, number> = { '24': 34_500 }
const usuallyNoisyFrom = 14_400
/** Fewer ventricular beats make no meaningful share. */
const leastVentricular = 20

interface QualityFile {
  file: string
  counts: QualityCounts
  /** Beats not scored, by reason, false ones included. */
  reasons: Record<string, number>
  /** Of an excerpt: beats judged before and in the noise, and those of them that the shipped model calls anomalous. */
  judged?: { before: AnomalousOf; noisy: AnomalousOf }
}

interface AnomalousOf {
  beats: number
  anomalous: number
}

type QualityEvaluation = Omit<Evaluation, 'files'> & { files: readonly QualityFile[] }

/** @throws Error where the folder has no excerpt, or one has no beats, or `mitdb` is given and has no records. */
export async function evaluateQuality(directory: string, mitdb?: string): Promise<QualityEvaluation> {
  const excerpts = await readExcerpts(directory)
  if (excerpts.length === 0) throw new Error(`${directory}: expected excerpts such as 118e06.csv.gz, found none`)
  const noisy = excerpts.map(({ record, values }) => ({ record, beats: stream(values) }))
  const records = join(directory, '../mitdb')
  const clean = mitdb !== undefined || existsSync(records) ? await readRecords(mitdb ?? records) : []
  const bundle = await loadBundle(shippedBundle('ecg-beat'))
  const judged = new Map(noisy.map((one) => [one.record.name, judgedOf(one, bundle)]))
  return {
    suite: 'quality',
    commit: thisCommit(),
    seed: 0,
    machine: thisMachine(),
    settings: { causal: true, maxNoise: ecgBeatChoices.maxNoise, ...ecgQualityLimits },
    metrics: {
      ...figures(noisy, gated),
      ...Object.fromEntries(
        [...judged].map(([name, { noisy: of }]) => [`${name}.anomalousShare`, of.anomalous / of.beats]),
      ),
      ...ventricularFigures(clean),
    },
    baselines: {
      'noise power alone': figures(noisy, (beat) => unfitBecause({ ...beat.quality, artifact: false }, maxNoise)),
    },
    files: [...noisy, ...clean].map(({ record, beats }) => ({
      file: record.name,
      counts: counted({ record, beats }, gated),
      reasons: reasonsOf(record, beats),
      ...(judged.has(record.name) && { judged: judged.get(record.name)! }),
    })),
  }
}

interface Streamed {
  record: QualityRecord
  beats: readonly Beat[]
}

const { maxNoise } = ecgBeatChoices

type Gate = (beat: Beat) => string | undefined
const gated: Gate = ({ quality }) => unfitBecause(quality, maxNoise)

function counted({ record, beats }: Streamed, gate: Gate): QualityCounts {
  const found = beats.map((beat): GatedBeat => {
    const unfit = gate(beat)
    return { at: beat.tick / 1e6, ...(unfit !== undefined && { unfit }) }
  })
  return countQuality(record, found)
}

function figures(all: readonly Streamed[], gate: Gate): Record<string, number> {
  return Object.fromEntries(
    all.flatMap((one) => {
      const own = qualityMetrics(counted(one, gate))
      return Object.entries(own).map(([metric, value]) => [`${one.record.name}.${metric}`, value] as const)
    }),
  )
}

function ventricularFigures(all: readonly Streamed[]): Record<string, number> {
  return Object.fromEntries(
    all.flatMap((one) => {
      const counts = counted(one, gated)
      if (counts.ventricular < leastVentricular) return []
      return [[`${one.record.name}.ventricularNotAssessable`, ventricularNotAssessable(counts)] as const]
    }),
  )
}

function reasonsOf({ fromSeconds }: QualityRecord, beats: readonly Beat[]): Record<string, number> {
  const reasons: Record<string, number> = {}
  for (const beat of beats) {
    const reason = beat.tick / 1e6 >= fromSeconds ? gated(beat) : undefined
    if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1
  }
  return reasons
}

/** Of the beats that the gate lets through. */
function judgedOf(
  { record, beats }: Streamed,
  { scorer, manifest }: Bundle,
): { before: AnomalousOf; noisy: AnomalousOf } {
  const of = (those: readonly Beat[]): AnomalousOf => {
    const scores = those.flatMap((beat) => {
      const scored = gated(beat) === undefined && beat.input !== undefined ? scorer.score(beat.input) : undefined
      return scored === undefined ? [] : [scored.score]
    })
    return { beats: scores.length, anomalous: scores.filter((score) => score > manifest.threshold.value).length }
  }
  const noisyFromTick = record.fromSeconds * 1e6
  return {
    before: of(beats.filter(({ tick }) => tick < noisyFromTick)),
    noisy: of(beats.filter(({ tick }) => tick >= noisyFromTick)),
  }
}

function stream(values: Float32Array): Beat[] {
  return new BeatStream(rateHz).push(0, values)
}

/** Excerpts `NAMEeDB.csv[.gz]`; the beats lie in `NAMEeDB_ann.csv`, or in one file for several (`118e00_06_12_ann.csv`). */
async function readExcerpts(directory: string): Promise<{ record: QualityRecord; values: Float32Array }[]> {
  const names = (await readdir(directory)).sort()
  const annotations = names.flatMap((file) => {
    const [, stem, list] = /^(.+e)(\d\d(?:_\d\d)*)_ann\.csv$/.exec(file) ?? []
    return stem === undefined ? [] : list!.split('_').map((db) => [`${stem}${db}`, file] as const)
  })
  const marksOf = new Map(annotations)
  const excerpts = names.flatMap((file) => {
    const [, name, db] = /^(.+e(\d\d))\.csv(?:\.gz)?$/.exec(file) ?? []
    return name === undefined ? [] : [{ file, name, db: db! }]
  })
  return Promise.all(
    excerpts.map(async ({ file, name, db }) => {
      const marks = marksOf.get(name)
      if (marks === undefined)
        throw new Error(`${join(directory, file)}: expected its beats in ${name}_ann.csv, found none`)
      const beats = (await readNumbers(join(directory, marks))).map((sample) => ({ at: sample / rateHz }))
      const fromSeconds = (noisyFrom[db] ?? usuallyNoisyFrom) / rateHz
      const values = Float32Array.from(await readNumbers(join(directory, file)))
      return { record: { name, fromSeconds, beats }, values }
    }),
  )
}

async function readNumbers(path: string): Promise<number[]> {
  const bytes = await readFile(path)
  const lines = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split(/\r?\n/)
  const values = lines.filter((line) => line.trim() !== '').map(Number)
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) throw new Error(`${path}: line ${wrong + 1}: expected a number, received "${lines[wrong]}"`)
  return values
}

async function readRecords(directory: string): Promise<Streamed[]> {
  const names = await recordNames(directory, [])
  if (names.length === 0) throw new Error(`${directory}: expected WFDB records with .atr annotations, found none`)
  const all: Streamed[] = []
  for (const name of names) {
    const recording = await openRecording(join(directory, name))
    const rate = recording.channels[0]?.rateHz ?? 0
    const ecg = new BeatStream(rate)
    const beats: Beat[] = []
    for await (const blocks of recording.blocks(1)) {
      const block = blocks.find((candidate) => candidate.channel === 0)
      if (block) beats.push(...ecg.push(Math.round((block.startSample * 1e6) / rate), block.values))
    }
    const marks = (await recording.annotations()).filter(({ code }) => beatClass(code) !== undefined)
    const at = (sample: number) => sample / recording.annotationRateHz
    const record = { name, fromSeconds: 0, beats: marks.map(({ sample, code }) => ({ at: at(sample), code })) }
    all.push({ record, beats })
  }
  return all
}

function table({ files, baselines }: QualityEvaluation): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8)
  const [without] = Object.values(baselines)
  return [
    'record     beats  scored  false      F1    (noise power alone)  ventricular not scored  anomalous: before, in noise',
    ...files.map(({ file, counts, judged }) => {
      const { f1 } = qualityMetrics(counts)
      const before = without?.[`${file}.f1`]
      return [
        file.padEnd(8),
        String(counts.annotated).padStart(7),
        percent(counts.scored / counts.annotated),
        String(counts.scoredFalse).padStart(5),
        percent(f1),
        (before === undefined ? '' : percent(before)).padStart(18),
        (counts.ventricular < leastVentricular ? '' : percent(ventricularNotAssessable(counts))).padStart(18),
        judged === undefined ? '' : `           ${shareOf(judged.before)}, ${shareOf(judged.noisy)}`,
      ].join(' ')
    }),
  ].join('\n')
}

function shareOf({ beats, anomalous }: AnomalousOf): string {
  return `${anomalous} of ${beats}`
}
