import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A wall clock of a process's own, which can be set while it runs. */
export interface FakeClock {
  /** The environment of the process that is to have it. */
  env: Record<string, string>
  /** Sets it so much away from the real time, ms. */
  set(offsetMillis: number): void
  offsetMillis(): number
  remove(): void
}

const library = 'faketime/libfaketimeMT.so.1'

/** Debian's libfaketime: the wall clock alone, the monotonic one stays true. Gives why not where it is not installed. */
export function fakeClock(): FakeClock | { why: string } {
  const found = ['/usr/lib', ...folders('/usr/lib')].map((folder) => join(folder, library)).find(existsSync)
  if (found === undefined) return { why: 'no libfaketime (Debian: faketime)' }
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-clock-'))
  const file = join(folder, 'offset')
  let offset = 0
  const set = (millis: number): void => {
    offset = millis
    writeFileSync(file, `${millis < 0 ? '-' : '+'}${Math.abs(millis) / 1000}\n`)
  }
  set(0)
  return {
    env: {
      LD_PRELOAD: found,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Looked at each second: what is set holds within it.
      FAKETIME_CACHE_DURATION: '1',
    },
    set,
    offsetMillis: () => offset,
    remove: () => rmSync(folder, { recursive: true }),
  }
}

function folders(parent: string): string[] {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(parent, name))
}
