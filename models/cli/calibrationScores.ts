import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { detectOffline } from '../../edge/detect.ts'
import { deviceRecords } from '../../simulators/recordedDevice.ts'
import { openRecording } from '../../simulators/recordings/recording.ts'
import { ecgRateHz, syntheticBody } from '../../simulators/synthetic/syntheticBody.ts'
import { loadBundle, type Bundle } from '../bundle.ts'
import type { BundleManifest } from '../bundle/manifest.ts'
import type { WearerScores } from '../calibration/wearerScores.ts'
import { BeatStream } from '../inputs/beatStream.ts'
import { unfitBecause } from '../inputs/ecgQuality.ts'
import { shippedBundle } from '../shippedBundle.ts'
import { dailyLife, daySeconds, simulatedStartMicros, simulatedVitals } from './simulatedVitals.ts'

/** Endings of files that are a recording by themselves; a WFDB record is its header. */
const endings = ['.hea', '.edf', '.bdf', '.csv', '.frames', '.jsonl']

/**
 * Recordings of a folder that may be calibrated on: those named, or all but those that the bundle keeps for tests. Their paths,
 * as `openRecording` takes them.
 * @throws Error naming the recordings that the model, its scaler or its threshold have seen, or that are not there.
 */
export async function heldOutRecordings(
  directory: string,
  named: readonly string[],
  { training }: Pick<BundleManifest, 'training'>,
): Promise<string[]> {
  const found = new Map<string, string>()
  for (const file of await readdir(directory)) {
    const ending = endings.find((known) => file.toLowerCase().endsWith(known))
    if (ending === undefined) continue
    const name = basename(file, ending)
    found.set(name, join(directory, ending === '.hea' ? name : file))
  }
  const missing = named.filter((name) => !found.has(name))
  if (missing.length > 0)
    throw new Error(`--records: expected names of recordings in ${directory}, received ${missing.join(', ')}`)
  const twice = named.filter((name, i) => named.indexOf(name) !== i)
  if (twice.length > 0) throw new Error(`--records: expected each recording once, received ${twice.join(', ')} again`)
  const excluded = new Set(training.excluded.map((name) => basename(name)))
  const names = named.length > 0 ? named : [...found.keys()].filter((name) => !excluded.has(name)).sort()
  // By the name alone: the folder may have been copied to another.
  const seen = new Set([...training.records, ...training.persons].map((name) => basename(name)))
  const trained = names.filter((name) => seen.has(name))
  if (trained.length > 0) {
    throw new Error(
      `${directory}: expected recordings that the model has not seen, received ${trained.join(', ')}, which it was trained on; ` +
        'name others with --records',
    )
  }
  if (names.length === 0) throw new Error(`${directory}: expected recordings (${endings.join(', ')}), received none`)
  return names.map((name) => found.get(name)!)
}

/** Seeds of simulated wearers. @throws Error naming those that the bundle has seen. */
export function heldOutSeeds(first: number, count: number, { training }: Pick<BundleManifest, 'training'>): number[] {
  const seeds = Array.from({ length: count }, (_, i) => first + i)
  // A person is drawn from 32 bits of the seed.
  const seen = new Set(training.simulated.map((seed) => seed >>> 0))
  const trained = seeds.filter((seed) => seen.has(seed >>> 0))
  if (trained.length > 0) {
    throw new Error(
      `--seed: expected simulated wearers that the model has not seen, received ${trained.join(', ')}, which it was trained on`,
    )
  }
  return seeds
}

/** Scores of a recording, with all gates of quality, from the gateway's own pipeline. One recording is one wearer. */
export async function recordedScores(path: string, bundle: Bundle): Promise<WearerScores> {
  const recording = await openRecording(path)
  const name = `${basename(join(resolve(path), '..'))}/${recording.name}`
  const isBeats = bundle.manifest.inputSchema.kind === 'ecg-beat'
  const flow = detectOffline(recordsOf(recording), {
    gateway: 'offline',
    device: 'calibration',
    wearer: 'calibration',
    ...(isBeats ? { bundle } : { bundle: await loadBundle(shippedBundle('ecg-beat')), vitalsBundle: bundle }),
    limits: { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 },
  })
  const scores = collector(name)
  for await (const item of flow) {
    if (item.kind !== 'verdict' || !('score' in item) || item.modelHash !== bundle.hash) continue
    scores.add(item.untilTick, item.score)
  }
  return scores.done()
}

async function* recordsOf(recording: Awaited<ReturnType<typeof openRecording>>) {
  for await (const { record } of deviceRecords(recording, { device: 'calibration', startEpochMicros: 0 })) yield record
}

/** Scores of a simulated wearer's ordinary days: sleep, walks, stairs, work. `onHour` is told after each hour of them. */
export function simulatedScores(seed: number, hours: number, bundle: Bundle, onHour: () => void): WearerScores {
  const scores = collector(`simulated/${seed}`)
  const seconds = hours * 3600
  const events = dailyLife(seed, Math.ceil(seconds / daySeconds))
  if (bundle.manifest.inputSchema.kind === 'vitals') {
    for (const { to, input } of simulatedVitals(seed, { seconds, events })) {
      const score = input && bundle.scorer.score(input)?.score
      if (score !== undefined) scores.add(to, score)
    }
    for (let hour = 0; hour < hours; hour++) onHour()
    return scores.done()
  }
  const maxNoise = bundle.manifest.quality?.maxNoise ?? 0
  const body = syntheticBody(seed, events, { signals: ['ecg'], startEpochMicros: simulatedStartMicros })
  const stream = new BeatStream(ecgRateHz)
  for (let second = 0; second < seconds; second++) {
    for (const { values } of body(second)) {
      for (const { to, input, quality } of stream.push(second * 1e6, values)) {
        const fit = unfitBecause(quality, maxNoise) === undefined
        const score = fit && input ? bundle.scorer.score(input)?.score : undefined
        if (score !== undefined) scores.add(to, score)
      }
    }
    if ((second + 1) % 3600 === 0) onHour()
  }
  return scores.done()
}

function collector(wearer: string) {
  const at: number[] = []
  const score: number[] = []
  return {
    add(windowAt: number, windowScore: number): void {
      at.push(windowAt)
      score.push(windowScore)
    },
    done: (): WearerScores => ({
      wearer,
      records: [wearer],
      at: Float64Array.from(at),
      score: Float64Array.from(score),
    }),
  }
}
