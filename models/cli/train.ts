import { SingleBar } from 'cli-progress'
import { type Command, Option } from 'commander'
import { backendChoices } from '../training/backend.ts'
import { builtModule, runTraining, type TrainingJob, type TrainingProgress } from '../training/process.ts'
import { amount, simulatedWearers, splitList, wholeNumber } from './arguments.ts'
import type { TrainEcgBeatOptions } from './trainEcgBeat.ts'
import type { TrainPpgOptions } from './trainPpg.ts'
import type { TrainVitalsOptions } from './trainVitals.ts'

const resumable = '\nCtrl-C ends it; the same command goes on from there.'

export function registerTrain(program: Command): void {
  const train = program
    .command('train')
    .description('train a model on normal data and write it as a bundle folder')
    .addHelpText('after', '\nExample: vital-edge train ecg-beat --recordings mitdb --exclude 119,208 --out my-model')
  const backend = () => new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto')
  train
    .command('ecg-beat')
    .description('heartbeats in a single-lead ECG')
    .requiredOption('--recordings <dir>', 'WFDB records with beat annotations (.hea, .dat, .atr)')
    .option('--exclude <records>', 'records kept out, for later tests; separated by commas', splitList, [])
    .option('--simulated <n>', 'add the beats of so many simulated wearers', simulatedWearers, 0)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .requiredOption('--out <dir>', 'folder for the bundle')
    .addOption(backend())
    .addHelpText(
      'after',
      '\nExample: vital-edge train ecg-beat --recordings mitdb --exclude 119,208 --out my-model' + resumable,
    )
    .action((options: TrainEcgBeatOptions) => runJob('trainEcgBeat.ts', 'trainEcgBeatTask', options))
  train
    .command('vitals')
    .description('vital signs together, from simulated wearers; ships what beats the others, network or not')
    .option(
      '--simulated <n>',
      'wearers to learn from; half as many of each kind for threshold and figures',
      simulatedWearers,
      24,
    )
    .option('--days <n>', "of each; the first is for the wearer's own normal alone", amount, 3)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .requiredOption('--out <dir>', 'folder for the bundle')
    .addOption(backend())
    .addHelpText('after', '\nExample: vital-edge train vitals --simulated 24 --days 3 --out my-vitals' + resumable)
    .action((options: TrainVitalsOptions) => runJob('trainVitals.ts', 'trainVitalsTask', options))
  train
    .command('ppg-quality')
    .description(
      'whether a PPG is a pulse at all, from simulated wearers; a network ships only if it beats the baselines',
    )
    .option(
      '--simulated <n>',
      'wearers to learn from; half as many of each kind for threshold and figures',
      simulatedWearers,
      24,
    )
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .requiredOption('--out <dir>', 'folder for the bundle')
    .addOption(backend())
    .addHelpText('after', '\nExample: vital-edge train ppg-quality --simulated 24 --out my-ppg-quality' + resumable)
    .action((options: TrainPpgOptions) => runJob('trainPpg.ts', 'trainPpgTask', options))
}

/**
 * Trains in a process of its own, with a progress bar, and prints the hash of the bundle.
 * @param file beside this one, with the task.
 */
export async function runJob(file: string, run: string, options: unknown): Promise<void> {
  const job: TrainingJob = { module: builtModule(new URL(`./${file}`, import.meta.url).href), run, options }
  const bar = new SingleBar({ format: 'training {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
  let started = false
  const show = (progress: TrainingProgress): void => {
    if (progress.kind === 'say') process.stderr.write(`${progress.line}\n`)
    else if (started) bar.update(progress.done)
    else {
      started = true
      bar.start(progress.total, progress.done)
    }
  }
  try {
    const { hash } = await runTraining<{ hash: string }>(job, show)
    process.stdout.write(`${hash}\n`)
  } finally {
    bar.stop()
  }
}
