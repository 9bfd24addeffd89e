import type { WireRecord } from '../firmware-bridge/records.ts'

/** A record and the moment at which a real device could send it. */
export interface TimedRecord {
  /** Stream time, integer µs, at which the last sample in the record exists: not to be sent before. */
  atMicros: number
  record: WireRecord
}

export const microsPerSecond = 1_000_000

/** Every so often a device says again who it is, so that a listener who came late knows. */
export const helloEverySeconds = 10
/** Every so often a device says what time of day it has. */
export const timeEverySeconds = 60
