import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, freePort, pathOf } from './programs.ts'

export interface Mosquitto {
  url: string
  /** Ends it in order, so that it writes down sessions and what waits in them. */
  down(): Promise<void>
  /** Starts it again at the same address, after `down`. */
  up(): Promise<void>
  stop(): Promise<void>
}

/** Starts Debian's Mosquitto with persistent sessions and no limit on what waits for a client that is away. */
export async function startMosquitto(): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-mosquitto-'))
  const port = await freePort()
  const config = join(folder, 'mosquitto.conf')
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'max_queued_messages 0',
    'user root',
    'persistence true',
    `persistence_location ${folder}/`,
  ]
  writeFileSync(config, lines.join('\n'))
  let child: ChildProcess | undefined

  async function up(): Promise<void> {
    const started = (child = spawn(pathOf('mosquitto') ?? 'mosquitto', ['-c', config], { stdio: 'ignore' }))
    let failed: Error | undefined
    started.once('error', (error) => (failed = error))
    await eventually('mosquitto listens', async () => {
      if (failed !== undefined) return Promise.reject(failed)
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
      return true
    })
  }

  async function down(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }

  await up()
  return {
    url: `mqtt://127.0.0.1:${port}`,
    down,
    up,
    async stop() {
      await down()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
