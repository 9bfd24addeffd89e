import { spawnSync } from 'node:child_process'

/**
 * For tests that need a program which may not be there: whether to run, and a name for the test that says so if not. With
 * REQUIRE_REAL=1 they run in any case, and fail where it is missing.
 */
export function withProgram(program: string, name: string): { there: boolean; name: string } {
  const found = spawnSync(program, ['-V'], { stdio: 'ignore' }).error === undefined
  const there = found || process.env['REQUIRE_REAL'] === '1'
  return { there, name: there ? name : `${name} (skipped: no ${program})` }
}
