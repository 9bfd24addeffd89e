import type { PortItem } from './portItem.ts'
import type { PortOptions } from './portOptions.ts'
import type { Takeover } from './reopeningPort.ts'

/** What the parent tells the process that reads: first which port, then how much it has taken (`costOf`). */
export type ToPortProcess =
  { kind: 'read'; options: PortOptions; takeover: Takeover; limitBytes: number } | { kind: 'taken'; cost: number }

/** What it hears: the items, each with the monotonic clock (µs) at which it happened. */
export interface FromPortProcess {
  item: PortItem
  at: number
}

/** The monotonic clock that all processes of a computer share, µs. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
