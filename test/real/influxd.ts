import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, pathOf } from './programs.ts'

/** A real InfluxDB 1.x of a test's own. */
export interface Influxd {
  url: string
  port: number
  /** Ends it in order and keeps its data, for `start` again on the same address. */
  stop(): Promise<void>
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again with the same data and address, after `stop` or `kill`. */
  start(): Promise<void>
  /** Ends it and deletes its data. */
  remove(): Promise<void>
}

/** Starts `influxd` on free ports of the loopback address, with its data in a temporary folder and reporting off. */
export async function startInfluxd(): Promise<Influxd> {
  const folder = await mkdtemp(join(tmpdir(), 'vital-edge-influxd-'))
  const port = await freePort()
  const config = join(folder, 'influxdb.conf')
  await writeFile(config, configuration(folder, port, await freePort()))
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    child = spawn(pathOf('influxd') ?? 'influxd', ['-config', config], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
    let failed: Error | undefined
    child.once('error', (error) => (failed = error))
    for (let tries = 0; tries < 300; tries += 1) {
      if (failed) throw failed
      if (child.exitCode !== null) throw new Error(`influxd ended with code ${child.exitCode}: ${said}`)
      const answer = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined)
      if (answer?.status === 204) return
      await sleep(100)
    }
    throw new Error(`influxd did not answer on port ${port} within 30 s: ${said}`)
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async remove() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(folder: string, port: number, rpcPort: number): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
`
}
