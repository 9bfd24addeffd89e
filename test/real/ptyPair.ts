import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, pathOf } from './programs.ts'

export interface PtyPair {
  /** The two ends of the line. */
  device: string
  gateway: string
  stop(): Promise<void>
}

/** Two pseudo-terminals joined by socat: what is written to one end is read at the other. */
export async function startPtyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-pty-'))
  const device = join(folder, 'device')
  const gateway = join(folder, 'gateway')
  const end = (link: string): string => `pty,raw,echo=0,link=${link}`
  const child = spawn(pathOf('socat') ?? 'socat', [end(device), end(gateway)], { stdio: 'ignore' })
  let failed: Error | undefined
  child.once('error', (error) => (failed = error))
  await eventually('socat makes a PTY pair', () => {
    if (failed !== undefined) throw failed
    return existsSync(device) && existsSync(gateway) ? true : undefined
  })
  return {
    device,
    gateway,
    async stop() {
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
