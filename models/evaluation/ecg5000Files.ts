import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Ecg5000Data } from './ecg5000.ts'
import { readLabelledWindows } from './labelledWindows.ts'

export interface Ecg5000Files {
  train: string
  test?: string
}

/** The archive gives each part in several formats, of which these are read; the first is taken. */
const endings = ['.txt', '.tsv', '.csv'].flatMap((ending) => [ending, `${ending}.gz`])

/**
 * The two parts of the set in a folder, `…TRAIN…` and `…TEST…`. Where there is one file only, or a file is named instead of a
 * folder, that one is for cross-validation.
 * @param train file to learn from, instead of one in the folder.
 * @throws Error where nothing of that kind is there.
 */
export async function findEcg5000(path: string, train?: string): Promise<Ecg5000Files> {
  const isFolder = (await stat(path)).isDirectory()
  const folder = isFolder ? path : dirname(path)
  const names = isFolder ? (await readdir(path)).sort() : [basename(path)]
  const tables = endings
    .flatMap((ending) => names.filter((name) => name.toLowerCase().endsWith(ending)))
    .filter((name) => !/readme/i.test(name))
  const learnt = tables.find((name) => /train/i.test(name))
  const test = tables.find((name) => /test/i.test(name))
  const from = train ?? (learnt === undefined ? undefined : join(folder, learnt))
  if (from !== undefined) return { train: from, ...(test !== undefined && { test: join(folder, test) }) }
  const [only, another] = tables
  if (only !== undefined && another === undefined) return { train: join(folder, only) }
  const expected = `a file named …TRAIN… (and …TEST…) that ends in one of ${endings.join(' ')}`
  throw new Error(`${path}: expected ${expected}, received ${listed(tables)}`)
}

export async function readEcg5000({ train, test }: Ecg5000Files): Promise<Ecg5000Data> {
  return {
    train: await readLabelledWindows(train),
    ...(test !== undefined && { test: await readLabelledWindows(test) }),
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} others` : '')
}
