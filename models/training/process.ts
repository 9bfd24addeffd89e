import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a training tells while it runs. */
export type TrainingProgress =
  /** For a person to read. */
  | { kind: 'say'; line: string }
  /** Steps of any kind, most often epochs. */
  | { kind: 'progress'; done: number; total: number; loss?: number }

/** A training to be run in a process of its own. */
export interface TrainingJob {
  /** URL of a built module; see `builtModule`. */
  module: string
  /** Name of its export, a `TrainingTask`. */
  run: string
  /** Its options: whatever can be copied between processes (structured clone). */
  options: unknown
}

/** What a job's module exports; the result too must be such that it can be copied. */
export type TrainingTask<Options, Result> = (
  options: Options,
  report: (progress: TrainingProgress) => void,
) => Result | Promise<Result>

export type FromTrainingProcess =
  TrainingProgress | { kind: 'result'; result: unknown } | { kind: 'error'; message: string }

const endings = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs a training in a child process of lower priority, so that this one is never kept waiting, and returns its result. What
 * it prints goes to standard error. SIGINT (Ctrl-C) and SIGTERM end the child too, as does the end of this process.
 * @throws Error with the job's own message where it fails, or saying how its process ended.
 */
export function runTraining<Result>(
  job: TrainingJob,
  onProgress: (progress: TrainingProgress) => void,
  signal?: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(builtModule(new URL('./trainingProcess.ts', import.meta.url).href)), [], {
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
      execArgv: [],
    })
    let settled = false
    const settle = (how: () => void): void => {
      if (settled) return
      settled = true
      for (const name of endings) process.off(name, interrupt)
      signal?.removeEventListener('abort', abort)
      how()
    }
    const fail = (message: string): void => settle(() => reject(new Error(message)))
    // A loop of sums hears nothing until it is over.
    const interrupt = (name: string): void => {
      child.kill('SIGKILL')
      fail(`training: interrupted by ${name}`)
    }
    const abort = (): void => interrupt('its caller')
    for (const name of endings) process.on(name, interrupt)
    signal?.addEventListener('abort', abort)
    child.on('message', (message: FromTrainingProcess) => {
      if (settled) return
      if (message.kind === 'result') settle(() => resolve(message.result as Result))
      else if (message.kind === 'error') fail(message.message)
      else onProgress(message)
    })
    child.once('error', (error) => fail(`training process: ${error.message}`))
    child.once('exit', (code, by) =>
      fail(`training process: expected a result, it ended (${by ?? `exit code ${code}`})`),
    )
    if (signal?.aborted) abort()
    else child.send(job, () => undefined)
  })
}

/** The built module of a source file's `import.meta.url`, as Node itself runs no TypeScript; a built one's own. */
export function builtModule(url: string): string {
  if (!url.endsWith('.ts')) return url
  const isBuilt = import.meta.url.endsWith('.js')
  if (isBuilt) return url.replace(/\.ts$/, '.js')
  const root = new URL('../../', import.meta.url).href
  return new URL(`dist/${url.slice(root.length).replace(/\.ts$/, '.js')}`, root).href
}
