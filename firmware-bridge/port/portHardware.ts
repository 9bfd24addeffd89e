import { stat } from 'node:fs/promises'
import { SerialPort } from 'serialport'
import type { LineSettings } from './portOptions.ts'
import type { ListedPort } from './portIdentity.ts'

/** An open port. */
export interface OpenedPort {
  /** Resolves with how many bytes it has put into `buffer`, at least one; rejects when the port is lost or closed. */
  read(buffer: Buffer): Promise<number>
  close(): Promise<void>
}

/** What the reader needs of the computer. */
export interface PortHardware {
  list(): Promise<ListedPort[]>
  open(path: string, settings: LineSettings): Promise<OpenedPort>
  /** Tells one device behind `path` from another; undefined where nothing can be said. */
  deviceAt(path: string): Promise<string | undefined>
}

/** The ports of this computer, through `serialport`. */
export const serialHardware: PortHardware = {
  list: () => SerialPort.list(),
  async open(path, settings) {
    // The binding itself and not its stream: a chunk is read when the last one is handed over, without a buffer between.
    const port = await SerialPort.binding.open({ path, ...settings })
    return {
      read: async (buffer) => (await port.read(buffer, 0, buffer.length)).bytesRead,
      close: () => port.close(),
    }
  },
  async deviceAt(path) {
    if (process.platform === 'win32') return undefined
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown')
    return typeof found === 'string' ? found : `${found.dev}:${found.ino}:${found.rdev}`
  },
}
