import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeBundle } from '../bundle.ts'
import { loadBackend, type BackendChoice } from '../training/backend.ts'
import { trainEcgBeat, type TrainedModel, type TrainingSource } from '../training/ecgBeatTraining.ts'
import { lossPicture } from '../training/lossPicture.ts'
import type { TrainingTask } from '../training/process.ts'
import { recordedSource, recordNames, simulatedSource } from './ecgBeatSources.ts'
import { unfinishedTraining } from './unfinishedTraining.ts'

/** Far from the small seeds that scenarios use: the wearers of a demonstration are not those learnt from. */
const firstSimulatedSeed = 70_001

export interface TrainEcgBeatOptions {
  /** Folder of WFDB records with beat annotations. */
  recordings: string
  exclude: readonly string[]
  simulated: number
  seed: number
  /** Folder for the bundle. */
  out: string
  backend: BackendChoice
}

/**
 * Trains and writes a bundle, and the loss curves as a picture beside it; the command line recorded in the bundle remakes it.
 * What an interrupted training has reached lies beside it too, and the next one with the same settings goes on from there.
 */
export const trainEcgBeatTask: TrainingTask<TrainEcgBeatOptions, { hash: string }> = async (options, report) => {
  const { seed, exclude, simulated, recordings, out } = options
  const backend = await loadBackend(options.backend)
  report({ kind: 'say', line: `training with ${backend.name} (${backend.reason})` })
  const simulatedSeeds = Array.from({ length: simulated }, (_, i) => firstSimulatedSeed + i)
  const sources: TrainingSource[] = []
  for (const name of await recordNames(recordings, exclude)) sources.push(await recordedSource(recordings, name))
  for (const simulatedSeed of simulatedSeeds) sources.push(simulatedSource(simulatedSeed))
  const excluded = exclude.length > 0 ? `--exclude ${exclude.join(',')} ` : ''
  const command =
    `vital-edge train ecg-beat --recordings DIR ${excluded}--simulated ${simulated} ` +
    `--seed ${seed} --backend ${backend.name === 'tfjs-js' ? 'js' : 'node'} --out DIR`
  const { checkpoint, done } = await unfinishedTraining(out)
  const model = trainEcgBeat(backend, sources, {
    seed,
    excluded: exclude,
    simulatedSeeds,
    command,
    onProgress: (epochs, total) => report({ kind: 'progress', done: epochs, total }),
    checkpoint: (run) => checkpoint(`network ${run}`),
  })
  await mkdir(dirname(out), { recursive: true })
  const { hash } = await writeBundle(out, model.manifest, model.weights)
  await writeFile(`${out}.loss.svg`, picture(model))
  await done()
  return { hash }
}

/** The fold whose network was kept after a median number of epochs, as the final one. */
function picture({ curves }: TrainedModel): string {
  const kept = curves.at(-1)!.kept
  const shown = curves.find((curve) => curve.kept === kept) ?? curves[0]!
  return lossPicture({
    title: 'ecg-beat: loss by epoch, first fold with as many epochs as the final training',
    ...shown,
  })
}
