import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { openRecording } from '../simulators/recordings/recording.ts'
import { ecgRateHz, syntheticBody } from '../simulators/synthetic/syntheticBody.ts'
import { loadBundle, writeBundle, type Bundle } from './bundle.ts'
import { BeatStream, type Beat } from './inputs/beatStream.ts'
import { beatClass } from './training/beatClasses.ts'
import { type BackendChoice, backendChoices, loadBackend } from './training/backend.ts'
import { trainEcgBeat, type TrainingSource } from './training/ecgBeatTraining.ts'
import { labelBeats } from './training/labelledBeats.ts'

const simulatedSeconds = 300
/** Far from the small seeds that scenarios use: the wearers of a demonstration are not those learnt from. */
const firstSimulatedSeed = 70_001

/** Records of one person, where there are several: MIT-BIH 201 and 202. */
const samePerson: Record<string, string> = { '202': '201' }

export interface TrainCommandOptions {
  recordings: string
  exclude: string[]
  simulated: number
  seed: number
  out: string
  backend: BackendChoice
}

export function registerModelCommands(program: Command): void {
  program
    .command('train')
    .description('train a model on normal data and write it as a bundle folder')
    .argument('<model>', 'what to train: ecg-beat', (name: string) => {
      if (name !== 'ecg-beat') throw new InvalidArgumentError(`expected ecg-beat, received ${name}`)
      return name
    })
    .requiredOption('--recordings <dir>', 'WFDB records with beat annotations (.hea, .dat, .atr)')
    .option('--exclude <records>', 'records kept out, for later tests; separated by commas', splitList, [])
    .option('--simulated <n>', 'add the beats of so many simulated wearers', wholeNumber, 0)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .requiredOption('--out <dir>', 'folder for the bundle')
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto'))
    .addHelpText('after', '\nExample: vital-edge train ecg-beat --recordings mitdb --exclude 119,208 --out my-model')
    .action(async (_model: string, options: TrainCommandOptions) => {
      const bundle = await trainCommand(options, (line) => process.stderr.write(`${line}\n`))
      process.stdout.write(`${bundle.hash}\n`)
    })
  const models = program.command('models').description('look at model bundles')
  models
    .command('inspect')
    .description('show what a bundle is, what it learnt from and how well it did')
    .argument('<dir>', 'bundle folder')
    .option('--json', 'the whole manifest as JSON')
    .addHelpText('after', '\nExample: vital-edge models inspect my-model --json')
    .action(async (directory: string, options: { json?: boolean }) => {
      const bundle = await loadBundle(directory)
      process.stdout.write(`${options.json ? JSON.stringify(bundle.manifest) : summary(bundle)}\n`)
    })
  models
    .command('verify')
    .description('check hashes, schema and sizes of a bundle; exit code 1 if it must not run')
    .argument('<dir>', 'bundle folder')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge models verify my-model')
    .action(async (directory: string, options: { json?: boolean }) => {
      const { hash, manifest } = await loadBundle(directory)
      const result = { valid: true, name: manifest.name, hash }
      process.stdout.write(`${options.json ? JSON.stringify(result) : `${manifest.name} ${hash} is valid`}\n`)
    })
}

/** Trains and writes a bundle; the command line recorded in it remakes it. `say` is told what runs. */
export async function trainCommand(options: TrainCommandOptions, say: (line: string) => void): Promise<Bundle> {
  const { seed, exclude, simulated, recordings, out } = options
  const backend = await loadBackend(options.backend)
  say(`training with ${backend.name} (${backend.reason})`)
  const simulatedSeeds = Array.from({ length: simulated }, (_, i) => firstSimulatedSeed + i)
  const sources: TrainingSource[] = []
  for (const name of await recordNames(recordings, exclude)) sources.push(await recordedSource(recordings, name))
  for (const simulatedSeed of simulatedSeeds) sources.push(simulatedSource(simulatedSeed))
  const bar = new SingleBar({ format: 'epochs {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
  const onProgress = (done: number, total: number) => {
    if (done === 1) bar.start(total, 0)
    bar.update(done)
  }
  const command =
    `vital-edge train ecg-beat --recordings DIR --exclude ${exclude.join(',')} --simulated ${simulated} ` +
    `--seed ${seed} --backend ${backend.name === 'tfjs-js' ? 'js' : 'node'} --out DIR`
  try {
    const model = trainEcgBeat(backend, sources, { seed, excluded: exclude, simulatedSeeds, command, onProgress })
    return await writeBundle(out, model.manifest, model.weights)
  } finally {
    bar.stop()
  }
}

async function recordNames(directory: string, exclude: readonly string[]): Promise<string[]> {
  const files = await readdir(directory)
  const names = files.filter((file) => file.endsWith('.hea') && files.includes(file.replace(/hea$/, 'atr')))
  return names
    .map((file) => basename(file, '.hea'))
    .filter((name) => !exclude.includes(name))
    .sort()
}

export interface RecordedSource extends TrainingSource {
  /** Beats that a person marked, found or not. */
  annotatedBeats: number
}

/** Beats of a record's first channel, joined with its annotations. */
export async function recordedSource(directory: string, name: string): Promise<RecordedSource> {
  const recording = await openRecording(join(directory, name))
  const channel = recording.channels[0]
  if (channel?.unit !== 'mV') {
    throw new Error(`${name}: unit of the first channel: expected mV, received ${channel?.unit ?? 'no channel'}`)
  }
  const micros = (sample: number) => Math.round((sample * 1e6) / channel.rateHz)
  const stream = new BeatStream(channel.rateHz)
  const beats: Beat[] = []
  for await (const blocks of recording.blocks(1)) {
    const block = blocks.find((candidate) => candidate.channel === 0)
    if (block) beats.push(...stream.push(micros(block.startSample), block.values))
  }
  const marks = (await recording.annotations()).map(({ sample, code }) => ({ tick: micros(sample), code }))
  const set = basename(directory)
  const person = `${set}/${samePerson[name] ?? name}`
  const annotatedBeats = marks.filter(({ code }) => beatClass(code) !== undefined).length
  return { name: `${set}/${name}`, person, kind: 'recorded', beats: labelBeats(beats, marks), annotatedBeats }
}

/** Beats of a simulated wearer to whom nothing happens: all of them count as usual. */
export function simulatedSource(seed: number, seconds: number = simulatedSeconds): TrainingSource {
  const body = syntheticBody(seed, [])
  const stream = new BeatStream(ecgRateHz)
  const beats: Beat[] = []
  for (let second = 0; second < seconds; second++) {
    const ecg = body(second).find(({ signal }) => signal === 'ecg')
    if (ecg) beats.push(...stream.push(second * 1e6, ecg.values))
  }
  const name = `simulated/${seed}`
  return { name, person: name, kind: 'simulated', beats: beats.map((beat) => ({ beat, label: 'N', usual: true })) }
}

function summary({ manifest, hash }: Bundle): string {
  const { name, threshold, training, metrics } = manifest
  return [
    `${name} ${hash}`,
    `threshold ${threshold.value.toFixed(3)}: ${threshold.how}`,
    `learnt from ${training.beats.real} beats of ${training.persons.length} persons: ${training.records.join(', ')}`,
    `and from ${training.beats.simulated} beats of ${training.simulated.length} simulated wearers`,
    `mean AUROC over records ${metrics.meanAuroc.toFixed(3)} (cross-validated over persons)`,
    `remade by: ${training.command}`,
  ].join('\n')
}

function splitList(text: string): string[] {
  return text.split(',').filter((part) => part !== '')
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`expected a whole number, received ${text}`)
  return Number(text)
}
