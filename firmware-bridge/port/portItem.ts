/** What an open port hands over, in the order in which it happened. */
export type PortItem = PortChunk | PortState

/** Bytes as they were read: at least one. */
export interface PortChunk {
  kind: 'chunk'
  bytes: Uint8Array
  /** Wall clock when they were read from the kernel, integer µs since the epoch. */
  receivedAt: number
}

/**
 * Where the port stands from here on. **A state breaks the line**: bytes before and after it do not belong together, and
 * what is pending of a frame is to be given up.
 */
export interface PortState {
  kind: 'state'
  /** Whether the port is open. */
  connected: boolean
  /** Why not; or, of an open one, what is the matter. Absent: all is well. */
  detail?: string
  /** Comes with the first byte after a loss or a silence: how long nothing was heard, from the last byte or the loss, µs. */
  blindMicros?: number
  /** How often the port has been opened again since the last state. */
  reopened?: number
  /** Bytes that were read but given up since the last state, because nobody took them. */
  droppedBytes?: number
}

/** Sums over everything that a port has told. */
export interface PortCounts {
  bytes: number
  reopened: number
  blindMicros: number
  droppedBytes: number
}

export function noCounts(): PortCounts {
  return { bytes: 0, reopened: 0, blindMicros: 0, droppedBytes: 0 }
}

/** Adds an item to `counts`. */
export function count(counts: PortCounts, item: PortItem): void {
  if (item.kind === 'chunk') {
    counts.bytes += item.bytes.length
    return
  }
  counts.reopened += item.reopened ?? 0
  counts.blindMicros += item.blindMicros ?? 0
  counts.droppedBytes += item.droppedBytes ?? 0
}
