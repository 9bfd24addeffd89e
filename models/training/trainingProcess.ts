import { constants, setPriority } from 'node:os'
import type { FromTrainingProcess, TrainingJob, TrainingTask } from './process.ts'

/** The program of the process that `runTraining` starts: one job, then the end. */

const parent = process.ppid

try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
} catch {
  // Not allowed everywhere; it then competes as any other.
}
process.once('disconnect', () => process.exit(1))
process.once('message', (job: TrainingJob) => {
  run(job).then(
    (result) => finish({ kind: 'result', result }),
    (error: unknown) => finish({ kind: 'error', message: error instanceof Error ? error.message : String(error) }),
  )
})

async function run({ module, run: name, options }: TrainingJob): Promise<unknown> {
  const task = ((await import(module)) as Record<string, TrainingTask<unknown, unknown> | undefined>)[name]
  if (typeof task !== 'function') throw new Error(`${module}: expected an export ${name}, received ${typeof task}`)
  return task(options, (progress) => {
    // The loop of a training hears no events: an orphan sees it by its parent.
    if (process.ppid !== parent) process.exit(1)
    send(progress)
  })
}

function finish(message: FromTrainingProcess): void {
  send(message, () => process.disconnect())
}

function send(message: FromTrainingProcess, sent: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, sent)
}
