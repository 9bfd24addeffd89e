import { SingleBar } from 'cli-progress'
import { InvalidArgumentError } from 'commander'
import { KeptResults } from './keptResults.ts'

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
  const kept = new KeptResults(resume, settings)
  const bar = new SingleBar({ format: 'files {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
  bar.start(files.length, 0)
  const results: T[] = []
  try {
    for (const file of files) {
      const before = kept.read<T>(file)
      const result = before ?? (await judge(file))
      if (before === undefined) kept.write(file, result)
      results.push(result)
      bar.increment()
    }
  } finally {
    bar.stop()
  }
  return results
}
