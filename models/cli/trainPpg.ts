import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeBundle } from '../bundle.ts'
import { loadBackend, type BackendChoice } from '../training/backend.ts'
import { ppgChoices } from '../training/ppgChoices.ts'
import type { PpgSource } from '../training/ppgEvaluation.ts'
import { describePpg } from '../training/ppgManifest.ts'
import { bestPpg, comparePpg, type PpgSources } from '../training/ppgTraining.ts'
import type { TrainingTask } from '../training/process.ts'
import { cleanWearer, faultyWearer } from './trainPpgSources.ts'
import { unfinishedTraining, writeLossPictures } from './unfinishedTraining.ts'

/** Of other people than the other models use; each part has a thousand of its own. */
export const ppgSeeds = {
  train: 100_001,
  calibrate: 101_001,
  chooseFaulty: 102_001,
  test: 103_001,
  testFaulty: 104_001,
}

export interface TrainPpgOptions {
  /** People to learn from; half as many in each of the four other parts. */
  simulated: number
  seed: number
  /** Folder for the bundle. */
  out: string
  backend: BackendChoice
}

/**
 * Simulates people, compares all candidates on them, and writes the one that may ship; the command line recorded in the bundle
 * remakes it. Loss curves, and what an interrupted training has reached, lie beside it as those of `train vitals`.
 */
export const trainPpgTask: TrainingTask<TrainPpgOptions, { hash: string }> = async (options, report) => {
  const { simulated, seed, out } = options
  if (simulated < 10) throw new RangeError(`--simulated: expected at least 10 wearers, received ${simulated}`)
  const backend = await loadBackend(options.backend)
  report({ kind: 'say', line: `comparing with ${backend.name} (${backend.reason})` })
  const total = simulated + 4 * Math.ceil(simulated / 2) + ppgChoices.length
  const { checkpoint, done: finish } = await unfinishedTraining(out)
  let done = 0
  const onStep = () => report({ kind: 'progress', done: ++done, total })
  const sources = simulatedPpgSources(simulated, onStep)
  const candidates = ppgChoices.flatMap((choice) => {
    const compared = comparePpg([choice], sources, { seed, tf: backend.tf, checkpoint })
    onStep()
    return compared
  })
  const best = bestPpg(candidates)
  report({ kind: 'say', line: `best: ${best.name}` })
  const command =
    `vital-edge train ppg-quality --simulated ${simulated} --seed ${seed} ` +
    `--backend ${backend.name === 'tfjs-js' ? 'js' : 'node'} --out DIR`
  const manifest = describePpg({ sources, best, candidates, seed, backend: backend.name, command })
  await mkdir(dirname(out), { recursive: true })
  const { hash } = await writeBundle(out, manifest, best.parameters)
  await writeLossPictures(out, 'ppg-quality', candidates)
  await finish()
  return { hash }
}

/** Different people in each part. */
export function simulatedPpgSources(count: number, onPerson: () => void = () => {}): PpgSources {
  const several = (first: number, number: number, make: (seed: number) => PpgSource): PpgSource[] =>
    Array.from({ length: number }, (_, i) => {
      const person = make(first + i)
      onPerson()
      return person
    })
  const some = Math.ceil(count / 2)
  return {
    train: several(ppgSeeds.train, count, cleanWearer),
    calibrate: several(ppgSeeds.calibrate, some, cleanWearer),
    chooseFaulty: several(ppgSeeds.chooseFaulty, some, faultyWearer),
    test: several(ppgSeeds.test, some, cleanWearer),
    testFaulty: several(ppgSeeds.testFaulty, some, faultyWearer),
  }
}
