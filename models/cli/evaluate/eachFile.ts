import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { InvalidArgumentError } from 'commander'
import { thisCommit } from '../../evaluation/evaluation.ts'

/** The words of an option that says where results are kept. */
export const resumeOption = [
  '--resume <dir>',
  'keeps the result of each file there, and goes on where it was left',
  folder,
] as const

/** The words of an option that asks for a report. */
export const reportOption = [
  '--report <dir>',
  'also writes there what was measured: JSON, CSV, a page with plots',
  folder,
] as const

function folder(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a folder.')
  return text
}

/**
 * Judges one file after another, with progress on the terminal. With `resume` what was judged before by the same program with the
 * same settings is read from there.
 * @param settings what a result depends on beside the file and the program
 * @param judge what one file gives, plain JSON
 */
export async function eachFile<T>(
  files: readonly string[],
  { resume, settings }: { resume?: string | undefined; settings: object },
  judge: (file: string) => Promise<T>,
): Promise<T[]> {
  const made = JSON.stringify({ commit: thisCommit(), ...settings })
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
