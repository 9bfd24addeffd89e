import type { PortIdentity } from './portIdentity.ts'

/** How the bits lie on the line. 8N1 is 8 data bits, no parity, 1 stop bit. */
export interface LineSettings {
  baudRate: number
  dataBits: 5 | 6 | 7 | 8
  parity: 'none' | 'even' | 'odd'
  stopBits: 1 | 2
  /** Keeps other programs from opening the port as well. */
  lock: boolean
}

/** Which port to read, and how: either `path` or `port`. */
export interface PortOptions extends LineSettings {
  path?: string | undefined
  /** Looked for among the ports of the computer at each opening. */
  port?: PortIdentity | undefined
  /** After so long without a byte the port is opened again, seconds; 0: never. */
  reopenAfterSeconds: number
}

/** 8N1, locked, opened again after half a minute of silence. */
export const defaultPortOptions = {
  baudRate: 115_200,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
  lock: true,
  reopenAfterSeconds: 30,
} as const satisfies PortOptions
