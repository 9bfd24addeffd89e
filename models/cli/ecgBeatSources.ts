import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { openRecording } from '../../simulators/recordings/recording.ts'
import { ecgRateHz, syntheticBody } from '../../simulators/synthetic/syntheticBody.ts'
import { BeatStream, type Beat } from '../inputs/beatStream.ts'
import { beatClass } from '../training/beatClasses.ts'
import type { TrainingSource } from '../training/ecgBeatFit.ts'
import { labelBeats, type BeatAnnotation } from '../training/labelledBeats.ts'

const simulatedSeconds = 300

/** Records of one person, where there are several: MIT-BIH 201 and 202. */
const samePerson: Record<string, string> = { '202': '201' }

/**
 * Names of the WFDB records with beat annotations in a folder, but for some.
 * @throws Error for an excluded one that is not there: a misspelt record would be learnt from.
 */
export async function recordNames(directory: string, exclude: readonly string[]): Promise<string[]> {
  const files = await readdir(directory)
  const names = files.filter((file) => file.endsWith('.hea') && files.includes(file.replace(/hea$/, 'atr')))
  const unknown = exclude.filter((name) => !names.includes(`${name}.hea`))
  if (unknown.length > 0) {
    throw new Error(`--exclude: expected names of annotated records in ${directory}, received ${unknown.join(', ')}`)
  }
  return names
    .map((file) => basename(file, '.hea'))
    .filter((name) => !exclude.includes(name))
    .sort()
}

export interface RecordedSource extends TrainingSource {
  /** Beats that a person marked, found or not. */
  annotatedBeats: number
  /** All marks, those of beats and others. */
  annotations: readonly BeatAnnotation[]
  durationSeconds: number
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
  return {
    name: `${set}/${name}`,
    person,
    kind: 'recorded',
    beats: labelBeats(beats, marks),
    annotatedBeats,
    annotations: marks,
    durationSeconds: recording.durationSeconds,
  }
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
