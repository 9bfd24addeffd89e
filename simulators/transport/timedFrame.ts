/** One encoded record of one device on its way: a frame, or an object of JSON. */
export interface TimedFrame {
  /** When it reaches the gateway's side of the link, integer µs since the device's start; never falls within a stream. */
  atMicros: number
  bytes: Uint8Array
  /** Values of a signal in it. */
  samples: number
}

/** What a fault did, by name: `{ frames: 100, lost: 3 }`. */
export type FaultCounts = Record<string, number>

/** From when to when a fault acts, µs since the device's start; `until` is exclusive. */
export interface ActiveSpan {
  from: number
  until: number
}

export function isActive({ from, until }: ActiveSpan, atMicros: number): boolean {
  return atMicros >= from && atMicros < until
}
