import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pathOf } from '../../test/real/programs.ts'

/** `firmware-bridge/c` */
const folder = fileURLToPath(new URL('.', import.meta.url))

/** Whether compilers are there, and the end of a test's name if not; with `REQUIRE_REAL=1` the test runs and fails. */
export function needsCompiler(...compilers: ('cc' | 'g++')[]): { there: boolean; why: string } {
  const missing = process.env['REQUIRE_REAL'] === '1' ? [] : compilers.filter((name) => pathOf(name) === undefined)
  return { there: missing.length === 0, why: missing.length === 0 ? '' : ` (skipped: no ${missing.join(', no ')})` }
}

/** A folder for what is compiled. */
export const buildFolder = (): string => mkdtempSync(join(tmpdir(), 'vital-edge-c-'))

/** Every warning an error; what firmware is usually compiled with, and more. */
export const warnings = ['-pedantic', '-Wall', '-Wextra', '-Wshadow', '-Werror']

/** Runs a compiler in `firmware-bridge/c`, with `vital_edge.h` in its path. Throws with what it printed if it fails. */
export function compile(compiler: string, ...args: string[]): void {
  execFileSync(compiler, [...args, '-I', folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
}
