import { open } from 'node:fs/promises'
import type { Wire } from './wire.ts'
import { WireError } from './wire.ts'

/** Frames are gathered up to this many bytes before they are written. */
const chunkBytes = 1 << 16

/** Frames one after the other in a file, as they would come over a serial line; an existing file is overwritten. */
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
    async send(_device, frame) {
      if (filled + frame.length > chunkBytes) await flush()
      chunk.set(frame, filled)
      filled += frame.length
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
