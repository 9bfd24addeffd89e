import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectFolder } from './real/programs.ts'

/** What each folder may import of the others (design: "The way of one sample"). */
const allowed: Record<string, RegExp[]> = {
  'firmware-bridge': [],
  models: [/^firmware-bridge\//],
  simulators: [/^firmware-bridge\//],
  edge: [/^firmware-bridge\//, /^models\//],
  cloud: [/^edge\/messages\.ts$/, /^edge\/alarms\//],
}
/** Only the command line composes across folders. */
const composes = (file: string): boolean => /(^|\/)cli(\.test)?\.ts$/.test(file) || /\/cli\//.test(file)

function files(folder: string): string[] {
  return readdirSync(join(projectFolder, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(projectFolder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !/\/(dist|node_modules)\//.test(file))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(projectFolder, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) =>
    join(file, '..', path ?? '')
      .split(sep)
      .join('/'),
  )
}

describe('folders', () => {
  it.each(Object.keys(allowed))('%s imports only what the design allows', (folder) => {
    const wrong = files(folder)
      .filter((file) => !composes(file) && !/\.test(ing)?\.ts$/.test(file) && !file.includes('/testing/'))
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => !target.startsWith(`${folder}/`) && !allowed[folder]?.some((may) => may.test(target)))
    expect(wrong).toEqual([])
  })

  it('holds what the check looks at', () => {
    expect(importsOf('edge/pipeline.ts')).toContain('models/bundle.ts')
    expect(files('edge')).toContain('edge/pipeline.ts')
  })
})
