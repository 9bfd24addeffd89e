import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'

/** What `evaluate` prints: figures with all that is needed to get them again. */
export interface Evaluation {
  suite: string
  /** With `+` where files differ from it; `unknown` outside of a git checkout. */
  commit: string
  seed: number
  machine: Machine
  settings: Record<string, unknown>
  metrics: Record<string, number>
  /** The same metrics of simpler detectors on the same data. */
  baselines: Record<string, Record<string, number>>
  files: readonly { file: string }[]
}

/** Where figures were measured. */
export interface Machine {
  cpu: string
  /** That this process may use. */
  cores: number
  node: string
  platform: string
  /** Processes that ran or waited over the last 1, 5 and 15 minutes. */
  loadAverage: number[]
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}

/** The commit that this program was checked out at. */
export function thisCommit(): string {
  const commit = git('rev-parse', '--short=12', 'HEAD')
  if (commit === undefined) return 'unknown'
  return commit + (git('status', '--porcelain') === '' ? '' : '+')
}

/** What tells this program from others that might give other results: the commit and what differs from it, or when it was built. */
export function thisProgram(): string {
  const differs = git('diff', 'HEAD')
  if (differs === undefined) return `built ${statSync(import.meta.filename).mtime.toISOString()}`
  return `${thisCommit()} ${createHash('sha256').update(differs).digest('hex').slice(0, 16)}`
}

function git(...words: string[]): string | undefined {
  try {
    return execFileSync('git', words, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1e9,
    }).trim()
  } catch {
    return undefined
  }
}
