import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { thisCommit } from '../../evaluation/evaluation.ts'
import { seriesChoices } from '../../series/seriesDetector.ts'
import { planChoices } from '../../series/seriesPlan.ts'
import { type BackendChoice, backendChoices } from '../../training/backend.ts'
import { wholeNumber } from '../arguments.ts'

export interface SeriesSuiteOptions {
  seed: number
  backend: BackendChoice
  ablation?: boolean
  resume?: string
  json?: boolean
}

/** The options that all suites of single series have. */
export function seriesCommand(evaluate: Command, name: string): Command {
  return evaluate
    .command(name)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .option('--ablation', 'also without each part of the detector')
    .option('--resume <dir>', 'keeps the result of each file there, and goes on where it was left', folder)
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto'))
    .option('--json', 'the result as JSON')
}

function folder(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a folder.')
  return text
}

/** The settings of the detector: the same for every file. */
export const seriesSettings = { causal: true, ...planChoices, ...seriesChoices }

/**
 * Judges one file after another, with progress on the terminal. With `resume` what was judged before by the same program with the
 * same settings is read from there.
 *
 * @param judge what one file gives, plain JSON
 */
export async function eachSeries<T>(
  files: readonly string[],
  { resume, seed, ablation = false }: Pick<SeriesSuiteOptions, 'resume' | 'seed' | 'ablation'>,
  judge: (file: string) => Promise<T>,
): Promise<T[]> {
  const made = JSON.stringify({ commit: thisCommit(), seed, ablation, ...seriesSettings })
  if (resume !== undefined) await mkdir(resume, { recursive: true })
  const bar = new SingleBar({ format: 'files {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
  bar.start(files.length, 0)
  const results: T[] = []
  try {
    for (const file of files) {
      const kept = resume === undefined ? undefined : join(resume, `${basename(file)}.json`)
      const before = kept === undefined ? undefined : await keptResult<T>(kept, made)
      const result = before ?? (await judge(file))
      if (kept !== undefined && before === undefined) await writeFile(kept, JSON.stringify({ made, result }))
      results.push(result)
      bar.increment()
    }
  } finally {
    bar.stop()
  }
  return results
}

/** Nothing where it was never made, was made otherwise, or was torn while it was written. */
async function keptResult<T>(file: string, made: string): Promise<T | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { made: string; result: T }
    return kept.made === made ? kept.result : undefined
  } catch {
    return undefined
  }
}
