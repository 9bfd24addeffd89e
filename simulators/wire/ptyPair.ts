import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SerialWireOptions } from './serialWire.ts'
import { openSerialWire } from './serialWire.ts'
import type { Wire } from './wire.ts'
import { WireError } from './wire.ts'

const shown = 'serial:'
const startMillis = 5000
/** A pseudo terminal forgets what was not read when it goes: whoever reads gets so long to come to the end. */
const readingMillis = 1000

/** A serial wire to a pseudo terminal that it makes with socat; `farEnd` is what a gateway opens. Goes when it is closed. */
export async function openPtyWire(options: SerialWireOptions = {}): Promise<Wire> {
  const folder = await mkdtemp(join(tmpdir(), 'vital-edge-serial-'))
  const [device, gateway] = [join(folder, 'device'), join(folder, 'gateway')]
  const ends = [device, gateway].map((link) => `pty,raw,echo=0,link=${link}`)
  const socat = spawn('socat', ends, { stdio: 'ignore' })
  let failure: string | undefined
  socat.once('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? error.message))
  socat.once('exit', (code) => (failure ??= `exit code ${code ?? 'none'}`))
  const stop = async () => {
    if (socat.pid !== undefined && socat.exitCode === null && socat.signalCode === null) {
      const gone = once(socat, 'exit')
      socat.kill()
      await gone
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (const deadline = Date.now() + startMillis; !existsSync(device) || !existsSync(gateway); await sleep(10)) {
      if (failure !== undefined || Date.now() > deadline) {
        const came = failure === 'ENOENT' ? 'no such program' : (failure ?? 'no pseudo terminal')
        throw new WireError(
          shown,
          `expected socat to make a pair of pseudo terminals, received ${came}; or give a path`,
        )
      }
    }
    const wire = await openSerialWire(device, options)
    return {
      farEnd: gateway,
      send: (name, message) => wire.send(name, message),
      async close(how) {
        try {
          await wire.close(how)
          if (how === 'confirmed') await sleep(readingMillis)
        } finally {
          await stop()
        }
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
