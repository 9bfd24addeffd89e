import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, pathOf } from './programs.ts'

export interface PtyPair {
  /** The two ends of the line. */
  device: string
  gateway: string
  /** Destroys both ends at once, as unplugging does. */
  cut(): Promise<void>
  /** Makes them again at the same paths, after `cut`. */
  mend(): Promise<void>
  stop(): Promise<void>
}

/** Two pseudo-terminals joined by socat: what is written to one end is read at the other. */
export async function startPtyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-pty-'))
  const device = join(folder, 'device')
  const gateway = join(folder, 'gateway')
  const end = (link: string): string => `pty,raw,echo=0,link=${link}`
  let child: ChildProcess | undefined

  async function mend(): Promise<void> {
    const started = (child = spawn(pathOf('socat') ?? 'socat', [end(device), end(gateway)], { stdio: 'ignore' }))
    let failed: Error | undefined
    started.once('error', (error) => (failed = error))
    await eventually('socat makes a PTY pair', () => {
      if (failed !== undefined) throw failed
      return existsSync(device) && existsSync(gateway) ? true : undefined
    })
  }

  async function cut(): Promise<void> {
    if (child?.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    // A killed socat leaves its links behind; `mend` waits for new ones.
    for (const link of [device, gateway]) rmSync(link, { force: true })
  }

  await mend()
  return {
    device,
    gateway,
    cut,
    mend,
    async stop() {
      await cut()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
