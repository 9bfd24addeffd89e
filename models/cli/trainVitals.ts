import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeBundle } from '../bundle.ts'
import { loadBackend, type BackendChoice } from '../training/backend.ts'
import type { TrainingTask } from '../training/process.ts'
import { describeVitals } from '../training/vitalsManifest.ts'
import { bestOf, compareVitals, vitalsChoices, type VitalsSources } from '../training/vitalsTraining.ts'
import { bleedingWearer, feverishWearer, healthyWearer, wearerWithShortEvents } from './simulatedPatients.ts'
import { unfinishedTraining, writeLossPictures } from './unfinishedTraining.ts'

/** Far from the small seeds that scenarios use, and from those of the ECG model; each part has a thousand of its own. */
const firstSeeds = { train: 80_001, calibrate: 81_001, healthy: 82_001, short: 83_001, fever: 84_001, bleeding: 85_001 }

/** Alarms a wearer-day on ordinary days that the threshold is set for; low priority. */
const alarmsPerDay = 0.5

export interface TrainVitalsOptions {
  /** People to learn from; half as many for the threshold, and half as many of each kind to be judged on. */
  simulated: number
  /** Of each person to learn from, and a day more for the threshold and for judging; the first gives no windows. At least 2. */
  days: number
  seed: number
  /** Folder for the bundle. */
  out: string
  backend: BackendChoice
}

/**
 * Simulates people (a day of one takes about a second), compares all candidates on them, and writes the one that may ship; the
 * command line recorded in the bundle remakes it. The loss curves of the networks compared lie beside the bundle as a picture; what
 * an interrupted training has reached lies there too, and the next one with the same settings goes on from there.
 */
export const trainVitalsTask: TrainingTask<TrainVitalsOptions, { hash: string }> = async (options, report) => {
  const { simulated, days, seed, out } = options
  if (simulated < 5) throw new RangeError(`--simulated: expected at least 5 wearers, received ${simulated}`)
  if (days < 2) throw new RangeError(`--days: expected at least 2, as the first is only learnt from, received ${days}`)
  const backend = await loadBackend(options.backend)
  report({ kind: 'say', line: `comparing with ${backend.name} (${backend.reason})` })
  const total = simulated + 5 * Math.ceil(simulated / 2) + vitalsChoices.length
  const { checkpoint, done: finish } = await unfinishedTraining(out)
  let done = 0
  const onStep = () => report({ kind: 'progress', done: ++done, total })
  const sources = simulatedVitalsSources(simulated, days, onStep)
  const candidates = vitalsChoices.flatMap((choice) => {
    const compared = compareVitals([choice], sources, alarmsPerDay, { seed, tf: backend.tf, checkpoint })
    onStep()
    return compared
  })
  const best = bestOf(candidates)
  report({ kind: 'say', line: `best: ${best.name}` })
  const command =
    `vital-edge train vitals --simulated ${simulated} --days ${days} --seed ${seed} ` +
    `--backend ${backend.name === 'tfjs-js' ? 'js' : 'node'} --out DIR`
  const trained = { sources, best, candidates, alarmsPerDay, seed, backend: backend.name, command }
  await mkdir(dirname(out), { recursive: true })
  const { hash } = await writeBundle(out, describeVitals(trained), best.parameters)
  await writeLossPictures(out, 'vitals', candidates)
  await finish()
  return { hash }
}

/** Different people for learning, for the threshold, and for judging. */
export function simulatedVitalsSources(count: number, days: number, onPerson: () => void = () => {}): VitalsSources {
  const several = <T>(first: number, number: number, make: (seed: number) => T): T[] =>
    Array.from({ length: number }, (_, i) => {
      const person = make(first + i)
      onPerson()
      return person
    })
  const some = Math.ceil(count / 2)
  return {
    train: several(firstSeeds.train, count, (seed) => healthyWearer(seed, days)),
    calibrate: several(firstSeeds.calibrate, some, (seed) => healthyWearer(seed, days + 1)),
    test: [
      ...several(firstSeeds.healthy, some, (seed) => healthyWearer(seed, days + 1)),
      ...several(firstSeeds.short, some, wearerWithShortEvents),
      ...several(firstSeeds.fever, some, feverishWearer),
      ...several(firstSeeds.bleeding, some, bleedingWearer),
    ],
  }
}
