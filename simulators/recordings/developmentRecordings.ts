import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder =
  process.env['VITAL_EDGE_RECORDINGS'] ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url))

/** For tests: a path below the recordings used in development. */
export function recordingPath(...parts: string[]): string {
  return join(folder, ...parts)
}

/** For tests: whether these recordings are there, and a name for the test that says so if they are not. */
export function withRecordings(set: string, name: string): { there: boolean; name: string } {
  const there = existsSync(recordingPath(set))
  return { there, name: there ? name : `${name} (skipped: no recordings)` }
}
