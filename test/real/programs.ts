import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder, where `dist/cli.js` is built; also for programs of tests that are compiled to `test/results`. */
export const projectFolder = withPackage(fileURLToPath(new URL('../..', import.meta.url)))

/** The nearest folder, from this one upwards, with a package in it. */
function withPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : withPackage(join(folder, '..'))
}

const recordings = process.env['VITAL_EDGE_RECORDINGS'] ?? join(projectFolder, '../shared/recordings')

/** A record of the shared recordings, such as `mitdb/208`. */
export function recording(path: string): string {
  return join(recordings, path)
}

/** Whether a set of them is there, and a test's name that says so if it is not. */
export function withRecordings(set: string, name: string): { there: boolean; name: string } {
  const there = existsSync(recording(set))
  return { there, name: there ? name : `${name} (skipped: no recordings)` }
}

/**
 * Whether a test can run, and the end of its name if it cannot. A missing program skips by name, with `REQUIRE_REAL=1` the
 * test runs and fails; missing recordings skip by name.
 */
export function needs(...things: ('mosquitto' | 'influxd' | 'socat' | 'chromium' | 'recordings')[]): {
  there: boolean
  why: string
} {
  const missing = things.filter((thing) =>
    thing === 'recordings'
      ? !existsSync(recordings)
      : process.env['REQUIRE_REAL'] !== '1' && pathOf(thing) === undefined,
  )
  return { there: missing.length === 0, why: missing.length === 0 ? '' : ` (skipped: no ${missing.join(', no ')})` }
}

/** Where a program lies; Debian keeps daemons in `/usr/sbin`, which not every user's path has. */
export function pathOf(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Asks again until `look` gives something, and says what was waited for if it never does. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000
  let last = ''
  while (Date.now() < end) {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      last = ` (${String(error)})`
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${what}: not within ${seconds} s${last}`)
}
