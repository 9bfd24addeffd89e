import { realpath } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { openRecording } from '../../simulators/recordings/recording.ts'
import { loadBundle, type Bundle } from '../bundle.ts'
import { BeatStream } from '../inputs/beatStream.ts'
import { unfitBecause } from '../inputs/ecgQuality.ts'
import { anchorOf } from '../personalisation/anchor.ts'
import { countWins, type RecordComparison } from '../personalisation/evaluate.ts'
import { markUnfit, type StreamedWindow } from '../personalisation/flags.ts'
import type { Personal } from '../personalisation/personal.ts'
import { loadPopulation, rollBack, writePersonalBundle } from '../personalisation/personalBundle.ts'
import { personalise, thresholdChoices, type ThresholdChoice } from '../personalisation/personalise.ts'
import { ShadowRun, type ShadowReport } from '../personalisation/shadowRun.ts'
import { type BackendChoice, backendChoices, loadBackend } from '../training/backend.ts'
import { alarmLogicOf } from './alarmLogics.ts'
import { simulatedWearers, wholeNumber } from './arguments.ts'
import { evaluatePersonalisation } from './evaluatePersonalisation.ts'

export interface PersonaliseCommandOptions {
  recording: string
  minutes: number
  out: string
  wearer?: string
  threshold: ThresholdChoice
  seed: number
  backend: BackendChoice
}

interface ShadowCommandOptions {
  recording: string
  fromMinutes: number
  /** Whose recording it is. */
  wearer?: string
}

export function registerPersonalise(program: Command): void {
  const backend = () => new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto')
  const command = program
    .command('personalise')
    .description('tune a model to one wearer, watch it run in the shadow of the population model, and go back')
    .addHelpText(
      'after',
      '\nExample: vital-edge personalise my-model --recording mitdb/119 --minutes 5 --out wearer-119' +
        '\nWithout a command it tunes; see personalise tune --help.',
    )
  command
    .command('tune', { isDefault: true })
    .description("learn a wearer's majority behaviour, unlabelled, from the beginning of a recording")
    .argument('<bundle>', 'folder of the population model')
    .requiredOption('--recording <file>', 'recording of the wearer with an ECG in mV')
    .option('--minutes <n>', 'so much of its beginning is learnt from', minutes, 5)
    .requiredOption('--out <dir>', "folder for the wearer's bundle; the version before is kept in it")
    .option('--wearer <id>', "the wearer's pseudonym; by default the recording's folder and name")
    .addOption(
      new Option('--threshold <which>', "the population's, or moved").choices(thresholdChoices).default('population'),
    )
    .option('--seed <n>', 'of shuffling and noise', wholeNumber, 1)
    .addOption(backend())
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      '\nExample: vital-edge personalise my-model --recording mitdb/119 --minutes 5 --out wearer-119',
    )
    .action(async (bundle: string, options: PersonaliseCommandOptions & { json?: boolean }) => {
      const { hash, personal } = await personaliseCommand(bundle, options, new Date())
      process.stdout.write(
        `${options.json ? JSON.stringify({ hash, ...personal }) : `${hash}\n${summary(personal)}`}\n`,
      )
    })
  command
    .command('shadow')
    .description('run a personal model beside its population model and compare what they call anomalous')
    .argument('<dir>', 'folder of the personal model')
    .requiredOption('--recording <file>', "later recording of the wearer's ECG")
    .option('--from-minutes <n>', 'leave out the beginning, such as what was learnt from', wholeNumber, 0)
    .option('--wearer <id>', "whose recording it is; by default the recording's folder and name")
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge personalise shadow wearer-119 --recording mitdb/119 --from-minutes 5')
    .action(async (directory: string, options: ShadowCommandOptions & { json?: boolean }) => {
      const report = await shadowCommand(directory, options)
      process.stdout.write(`${options.json ? JSON.stringify(report) : shadowSummary(report)}\n`)
    })
  command
    .command('rollback')
    .description('bring back the version before, at last the population model')
    .argument('<dir>', 'folder of the personal model')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge personalise rollback wearer-119')
    .action(async (directory: string, options: { json?: boolean }) => {
      const { left, bundle } = await rollBack(directory)
      const text = options.json
        ? JSON.stringify({ left: left ?? null, hash: bundle.hash })
        : `${bundle.hash} in place of ${left ?? 'a broken one'}`
      process.stdout.write(`${text}\n`)
    })
  command
    .command('evaluate')
    .description(
      'compare population and personal models on records, each judged by models that have not seen its person',
    )
    .requiredOption('--recordings <dir>', 'WFDB records with beat annotations')
    .option('--minutes <n>', 'of each, learnt from without labels', minutes, 5)
    .option('--simulated <n>', 'simulated wearers in the training of the population models', simulatedWearers, 12)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .addOption(backend())
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge personalise evaluate --recordings mitdb --json')
    .action(async (options: Parameters<typeof evaluatePersonalisation>[0] & { json?: boolean }) => {
      const bar = new SingleBar({ format: 'epochs {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
      try {
        const onProgress = (done: number, total: number) => {
          if (done === 1) bar.start(total, 0)
          bar.update(done)
        }
        const result = await evaluatePersonalisation(options, onProgress)
        bar.stop()
        process.stdout.write(`${options.json ? JSON.stringify(result) : table(result.files)}\n`)
      } finally {
        bar.stop()
      }
    })
}

/** Learns from the beginning of a recording and writes the wearer's bundle. */
export async function personaliseCommand(
  directory: string,
  options: PersonaliseCommandOptions,
  madeAt: Date,
): Promise<{ hash: string; personal: Personal }> {
  const { recording, seed, threshold, out } = options
  const bundle = await loadBundle(directory, { kind: 'ecg-beat' })
  if ((await realpath(directory)) === (await realpath(out).catch(() => undefined))) {
    throw new Error(`--out: expected another folder than the population model's, received ${out}`)
  }
  const anchor = anchorOf(bundle)
  const { tf, name: backend } = await loadBackend(options.backend)
  const source = sourceName(recording)
  const streamed = await beatWindows(recording, bundle.manifest.quality!.maxNoise, 0, options.minutes * 60)
  const windows = markUnfit(streamed, bundle.scorer, anchor.threshold, alarmLogicOf('ecg-anomaly'))
  const made = personalise(anchor, windows, { seed, tf, threshold })
  const written = await writePersonalBundle(out, { directory, bundle }, made, {
    wearer: options.wearer ?? source,
    recordings: [source],
    seed,
    backend,
    madeAt,
  })
  return { hash: written.hash, personal: written.manifest.personal! }
}

/** @throws Error where there is nothing to compare. */
export async function shadowCommand(
  directory: string,
  { recording, fromMinutes, wearer }: ShadowCommandOptions,
): Promise<ShadowReport> {
  const personal = await loadBundle(directory, { kind: 'ecg-beat' })
  const population = await loadPopulation(directory, personal)
  warnOfAnother(personal, population, recording, wearer)
  const watching = [population, personal].map(({ scorer, manifest }) => ({
    scorer,
    threshold: manifest.threshold.value,
  }))
  const run = new ShadowRun(watching[0]!, watching[1]!, alarmLogicOf('ecg-anomaly'))
  const { maxNoise } = personal.manifest.quality!
  for (const { at, until, input, lowQuality } of await beatWindows(recording, maxNoise, fromMinutes * 60, Infinity)) {
    if (!lowQuality) run.push(at, until, input)
  }
  const report = run.report()
  if (report.windows === 0) {
    throw new Error(
      `${recording}: expected beats to compare from minute ${fromMinutes} on, received none: nothing was compared`,
    )
  }
  return report
}

/** A model of one wearer says nothing of another. What it was tuned on is the wearer's, whatever the name. */
function warnOfAnother(personal: Bundle, population: Bundle, recording: string, wearer = sourceName(recording)): void {
  const shared = new Set(population.manifest.training.records)
  const own = personal.manifest.training.records.filter((name) => !shared.has(name))
  const tunedTo = personal.manifest.personal!.wearer
  // By the name alone: the folder may have been copied to another.
  if ([tunedTo, ...own].some((name) => basename(name) === basename(wearer))) return
  process.stderr.write(
    `warning: the model is personal to ${tunedTo}, and the recording is of ${wearer} (see --wearer)\n`,
  )
}

/** Beats with an input, from a recording's ECG; seconds of recorded time. */
async function beatWindows(
  path: string,
  maxNoise: number,
  fromSeconds: number,
  toSeconds: number,
): Promise<(StreamedWindow & { until: number })[]> {
  const recording = await openRecording(path)
  const index = recording.channels.findIndex(({ unit, signal, irregular }) => {
    return !irregular && unit === 'mV' && (signal === 'ecg' || recording.channels.every((c) => c.signal !== 'ecg'))
  })
  const channel = recording.channels[index]
  if (channel === undefined) {
    const there = recording.channels.map(({ name, unit }) => `${name} (${unit})`).join(', ')
    throw new Error(`${path}: expected an ECG in mV, received ${there || 'no channels'}`)
  }
  const stream = new BeatStream(channel.rateHz)
  const windows: (StreamedWindow & { until: number })[] = []
  for await (const blocks of recording.blocks(1)) {
    const block = blocks.find((candidate) => candidate.channel === index)
    if (block === undefined) continue
    if (block.startSample / channel.rateHz >= toSeconds) break
    for (const { input, tick, from, to, quality } of stream.push(
      Math.round((block.startSample * 1e6) / channel.rateHz),
      block.values,
    )) {
      if (input === undefined || tick < fromSeconds * 1e6) continue
      windows.push({ at: from, until: to, input, lowQuality: unfitBecause(quality, maxNoise) !== undefined })
    }
  }
  return windows
}

/** As bundles list records: `mitdb/119`. */
function sourceName(recording: string): string {
  const path = resolve(recording)
  return `${basename(dirname(path))}/${basename(path).replace(/\.[^.]*$/, '')}`
}

function minutes(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 24 * 60)) throw new InvalidArgumentError(`expected minutes above 0, received ${text}`)
  return value
}

function summary({ wearer, windows, drift }: Personal): string {
  const { offered, used, flagged } = windows
  return [
    `personal to ${wearer}: learnt from ${used} of ${offered} windows (${flagged} flagged)`,
    `weights moved by ${(100 * drift.weights).toFixed(1)} %, step ${drift.step.toFixed(2)}`,
    `anomalous probes keep at least ${(100 * drift.probes).toFixed(0)} % of their scores`,
    `threshold ${drift.threshold.toFixed(2)} times the population's`,
  ].join('\n')
}

function shadowSummary(report: ShadowReport): string {
  const { windows, hours, agreement, onlyPopulation, onlyPersonal, alarms, recommendation, because } = report
  return [
    `${windows} windows in ${hours.toFixed(2)} h, ${(100 * agreement).toFixed(1)} % judged alike`,
    `anomalous for one alone: population ${onlyPopulation}, personal ${onlyPersonal}`,
    `alarms: population ${alarms.population}, personal ${alarms.personal}`,
    `${recommendation}: ${because}`,
  ].join('\n')
}

function table(rows: readonly RecordComparison[]): string {
  const number = (value: number) => (Number.isNaN(value) ? '—' : value.toFixed(3))
  const arrow = (before: number, after: number) => `${number(before)} → ${number(after)}`
  const lines = rows.map(({ record, anomalous, population: p, personal, windows, refused }) => {
    const m = personal.population
    const own = `${number(personal.own.normalAbove)}, ${number(personal.own.ventricularAbove)}`
    const cells = [record, anomalous, windows?.used ?? `none: ${refused}`, arrow(p.auroc, m.auroc), arrow(p.ap, m.ap)]
    const above = [arrow(p.normalAbove, m.normalAbove), arrow(p.ventricularAbove, m.ventricularAbove), own]
    return `| ${[...cells, ...above].join(' | ')} |`
  })
  const wins = (['auroc', 'ap'] as const).map((name) => {
    const { better, worse, same } = countWins(rows, (measures) => measures[name], 'population')
    return `${name}: better in ${better}, worse in ${worse}, same in ${same}`
  })
  const head = ['record', 'S, V, F', 'learnt from', 'AUROC', 'AP', 'N above', 'V above', 'own threshold: N, V']
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines, ...wins].join('\n')
}
