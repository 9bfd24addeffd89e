import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../scenarios/', import.meta.url))
const ending = '.yaml'

/** Path of a scenario that comes with the program, by its name (`demo`). */
export function builtInScenario(scenario: string): string {
  return join(folder, scenario + ending)
}

/** The scenarios that come with the program, by name, each with the first line of its comment. */
export async function listScenarios(): Promise<{ name: string; about: string }[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(ending)).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8')
      return { name: file.slice(0, -ending.length), about: /^#\s*(.*)/.exec(text)?.[1] ?? '' }
    }),
  )
}
