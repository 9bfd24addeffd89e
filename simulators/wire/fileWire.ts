import { open } from 'node:fs/promises'
import type { Wire } from './wire.ts'
import { WireError } from './wire.ts'

/** Messages are gathered up to this many bytes before they are written. */
const chunkBytes = 1 << 16

/** Messages one after the other in a file, as they would come over a serial line; an existing file is overwritten. */
export async function openFileWire(path: string): Promise<Wire> {
  const shown = `file:${path}`
  const failed = (error: NodeJS.ErrnoException) => {
    throw new WireError(shown, `expected a writable file, received ${error.code ?? error.message}`)
  }
  const handle = await open(path, 'w').catch(failed)
  const chunk = new Uint8Array(chunkBytes)
  let filled = 0
  const flush = async () => {
    const length = filled
    filled = 0
    await handle.writeFile(chunk.subarray(0, length)).catch(failed)
  }
  return {
    async send(_device, message) {
      if (filled + message.length > chunkBytes) await flush()
      if (message.length > chunkBytes) return handle.writeFile(message).catch(failed)
      chunk.set(message, filled)
      filled += message.length
    },
    async close() {
      try {
        await flush()
      } finally {
        await handle.close()
      }
    },
  }
}
