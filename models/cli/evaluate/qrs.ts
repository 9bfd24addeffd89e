import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { openRecording } from '../../../simulators/recordings/recording.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import {
  countQrs,
  fibrillationOf,
  grossQrs,
  qrsMetrics,
  qrsProtocol,
  type QrsCounts,
  type QrsMetrics,
  type QrsRecord,
  type ToldBeat,
} from '../../evaluation/qrs.ts'
import { BeatStream } from '../../inputs/beatStream.ts'
import { beatClass } from '../../training/beatClasses.ts'
import { recordNames } from '../ecgBeatSources.ts'

export function registerQrs(evaluate: Command): void {
  evaluate
    .command('qrs')
    .description('beats found in annotated ECG records, causally (ANSI/AAMI EC57)')
    .argument('<dir>', 'folder with WFDB records and their .atr annotations, such as MIT-BIH')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate qrs recordings/mitdb --json')
    .action(async (directory: string, options: { json?: boolean }) => {
      const result = await evaluateQrs(directory)
      process.stdout.write(`${options.json ? JSON.stringify(result) : table(result)}\n`)
    })
}

interface QrsFile {
  file: string
  /** From 5:00. */
  counts: QrsCounts
  metrics: QrsMetrics
  from0: { counts: QrsCounts; metrics: QrsMetrics }
  /** How long after its peak a beat is there with its window and quality, which rules and models judge; at most, in steps of 10. */
  judgedDelayMilliseconds: number
  /** Share of the process's time a second of ECG took, s. */
  cpuSecondsPerHour: number
}

type QrsEvaluation = Omit<Evaluation, 'files'> & { files: readonly QrsFile[] }

/** @throws Error where the folder has no annotated record, or one whose first channel is no ECG in mV. */
export async function evaluateQrs(directory: string): Promise<QrsEvaluation> {
  const names = await recordNames(directory, [])
  if (names.length === 0) throw new Error(`${directory}: expected WFDB records with .atr annotations, found none`)
  const files: QrsFile[] = []
  for (const name of names) files.push(await judge(directory, name))
  const overall = qrsMetrics(grossQrs(files.map(({ counts }) => counts)))
  const overall0 = qrsMetrics(grossQrs(files.map(({ from0 }) => from0.counts)))
  return {
    suite: 'qrs',
    commit: thisCommit(),
    seed: 0,
    machine: thisMachine(),
    settings: { channel: 0, causal: true, ...qrsProtocol },
    metrics: {
      ...overall,
      ...Object.fromEntries(Object.entries(overall0).map(([name, value]) => [`from0.${name}`, value])),
      lateBeats: files.reduce((sum, { counts }) => sum + counts.late, 0),
      'from0.lateBeats': files.reduce((sum, { from0 }) => sum + from0.counts.late, 0),
      judgedDelayMilliseconds: Math.max(...files.map((file) => file.judgedDelayMilliseconds)),
      cpuSecondsPerHour: files.reduce((sum, { cpuSecondsPerHour }) => sum + cpuSecondsPerHour, 0) / files.length,
    },
    baselines: {},
    files,
  }
}

async function judge(directory: string, name: string): Promise<QrsFile> {
  const path = join(directory, name)
  const recording = await openRecording(path)
  const channel = recording.channels[0]
  if (channel?.unit !== 'mV') {
    throw new Error(
      `${basename(path)}: first channel: expected an ECG in mV, received ${channel?.unit ?? 'no channel'}`,
    )
  }
  const told: ToldBeat[] = []
  const stream = new BeatStream(channel.rateHz, (peak, known) => told.push({ at: peak / 1e6, knownAt: known / 1e6 }))
  let [cpuMicros, judgedDelay] = [0, 0]
  const piece = Math.max(1, Math.round(channel.rateHz / 100))
  const microsAt = (sample: number) => Math.round((sample * 1e6) / channel.rateHz)
  for await (const blocks of recording.blocks(1)) {
    const block = blocks.find((candidate) => candidate.channel === 0)
    if (block === undefined) continue
    const before = process.cpuUsage()
    for (let from = 0; from < block.values.length; from += piece) {
      const values = block.values.subarray(from, from + piece)
      const known = microsAt(block.startSample + from + values.length)
      for (const { tick } of stream.push(microsAt(block.startSample + from), values))
        judgedDelay = Math.max(judgedDelay, known - tick)
    }
    const { user, system } = process.cpuUsage(before)
    cpuMicros += user + system
  }
  const durationSeconds = channel.samples / channel.rateHz
  const marks = (await recording.annotations()).map(({ sample, code }) => ({
    at: sample / recording.annotationRateHz,
    code,
  }))
  const record: QrsRecord = {
    name,
    durationSeconds,
    beats: marks.filter(({ code }) => beatClass(code) !== undefined).map(({ at }) => at),
    fibrillation: fibrillationOf(marks, durationSeconds),
  }
  const counts = countQrs(record, told, qrsProtocol.fromSeconds)
  const counts0 = countQrs(record, told, 0)
  return {
    file: name,
    counts,
    metrics: qrsMetrics(counts),
    from0: { counts: counts0, metrics: qrsMetrics(counts0) },
    judgedDelayMilliseconds: Math.round(judgedDelay / 1000),
    cpuSecondsPerHour: (cpuMicros / 1e6) * (3600 / durationSeconds),
  }
}

function table({ files, metrics }: QrsEvaluation): string {
  const percent = (share: number) => (100 * share).toFixed(2).padStart(8)
  const row = (name: string, own: QrsMetrics, from0: QrsMetrics) =>
    [
      name.padEnd(8),
      ...[own.sensitivity, own.ppv, own.f1At50ms].map(percent),
      String(own.maxDelayMilliseconds).padStart(6),
      ...[from0.sensitivity, from0.ppv, from0.f1At50ms].map(percent),
    ].join(' ')
  const all = (prefix: string) =>
    Object.fromEntries(
      ['sensitivity', 'ppv', 'f1At50ms', 'maxDelayMilliseconds'].map((name) => [name, metrics[prefix + name]]),
    ) as unknown as QrsMetrics
  return [
    '         from 5:00                        from 0:00',
    'record     sens.     ppv   F1 50    ms     sens.     ppv   F1 50',
    ...files.map(({ file, metrics: own, from0 }) => row(file, own, from0.metrics)),
    row('all', all(''), all('from0.')),
    `told at most ${metrics['maxDelayMilliseconds']} ms after the peak, ready to be judged ${metrics['judgedDelayMilliseconds']} ms after it`,
  ].join('\n')
}
