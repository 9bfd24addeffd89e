import type { SignalName } from './signals.ts'

/**
 * What a wearable says, after decoding. Stream time (device, boot id, tick in integer µs) is the
 * identity of every record; gateway time is added later, in `edge/`.
 */
export type WireRecord = HelloRecord | SamplesRecord | EventRecord | TimeRecord

/** The part that every record on the wire carries. */
export interface RecordHeader {
  /** Counts frames since the device booted; a jump is a loss, a repetition a duplicate. 32 bits, wraps. */
  sequence: number
  /** Drawn anew at each boot of the device; 32 bits. */
  bootId: number
  /** Device clock at the first sample (or at the event), integer µs since boot; at most `maxTick`. */
  tick: number
}

/**
 * The largest tick, in µs: 100 years of 365.25 days. No device has run for longer, so a tick beyond it is a mistake of the
 * sender, and the sums that are made of ticks stay exact.
 */
export const maxTick = 3_155_760_000_000_000

/** Who the device is. Sent at start and every few seconds; `samples` do not depend on it. */
export interface HelloRecord extends RecordHeader {
  kind: 'hello'
  deviceId: string
  firmware: string
  /** Signals that the device will send, and whether it can tell that an electrode or strap is off. */
  signals: SignalName[]
  detectsContact: boolean
}

/** Consecutive, evenly spaced samples of one signal; self-contained, so a lost hello loses no data. */
export interface SamplesRecord extends RecordHeader {
  kind: 'samples'
  signal: SignalName
  rateHz: number
  /**
   * In the signal's unit (see `signals.ts`). NaN marks a sample that the device could not measure. Records of one chunk may
   * share memory: `values.buffer` must not be transferred.
   */
  values: Float32Array
}

/** Something happened at the device. */
export interface EventRecord extends RecordHeader {
  kind: 'event'
  code: DeviceEventCode
  /** Battery: percent. Fault: the vendor's code. Otherwise absent. */
  value?: number
  /** No-reading: which signal has no value, and why. Otherwise absent. */
  signal?: SignalName
  cause?: NoReadingCause
}

/**
 * `session-end`: the device was switched off on purpose; not to be confused with silence. `no-reading`: the device works
 * and says that it has no value of a signal.
 */
export const deviceEventCodes = [
  'lead-off',
  'lead-on',
  'off-body',
  'on-body',
  'button',
  'battery',
  'fault',
  'session-end',
  'no-reading',
] as const
export type DeviceEventCode = (typeof deviceEventCodes)[number]

/**
 * Why there is no value. `invalid`: not a number, or marked as not to be used. `not-at-this-resolution`, `over-range`,
 * `under-range`, `reserved`: the special values of IEEE 11073-20601. `searching`: the sensor looks for a pulse. `poor-signal`:
 * artefact, low perfusion, interference. `sensor-off`: off the body or unplugged, for this signal. `stored`: measured
 * earlier and sent from the device's memory, at a time that it does not say.
 */
export const noReadingCauses = [
  'invalid',
  'not-at-this-resolution',
  'over-range',
  'under-range',
  'reserved',
  'searching',
  'poor-signal',
  'sensor-off',
  'stored',
] as const
export type NoReadingCause = (typeof noReadingCauses)[number]

/** The device's (or a recording's) own idea of the time of day at `tick`. */
export interface TimeRecord extends RecordHeader {
  kind: 'time'
  /** Integer µs since 1970-01-01T00:00:00Z at `tick`. */
  epochMicros: number
  /** How far off it may be, in µs. */
  uncertaintyMicros: number
}

/**
 * What is said in a format that neither counts its messages nor names its boot: the gateway numbers it. Consecutive readings
 * of a signal follow one another, so an interval between beats is one value that lasts as long as itself (`rateHz` is its
 * inverse).
 */
export type Reading = Unnumbered<SamplesRecord> | Unnumbered<EventRecord>
type Unnumbered<R extends RecordHeader> = Omit<R, keyof RecordHeader> & {
  /** The device's own clock at the first sample, integer µs from any origin; absent where it has none. */
  tick?: number
}

/** Bytes that could not be turned into a record: counted under `reason`, kept for inspection, never thrown. */
export interface DecodeFault {
  kind: 'fault'
  reason: DecodeFaultReason
  /** What was expected and what came. */
  detail: string
  /** The offending bytes, cut to at most 64. */
  bytes: Uint8Array
}

export const decodeFaultReasons = [
  'bad-cobs',
  'bad-crc',
  'bad-length',
  'too-long',
  'unknown-version',
  'unknown-record',
  'unknown-signal',
  'out-of-range',
  'bad-value',
] as const
export type DecodeFaultReason = (typeof decodeFaultReasons)[number]

/** What a decoder makes of bytes. */
export type Decoded = WireRecord | Reading | DecodeFault

/** Turns the payload of one message (MQTT, or a notification) into records. Never throws: what cannot be read becomes a fault. */
export type PayloadDecoder = (payload: Uint8Array) => Decoded[]

/** Turns chunks of a byte stream, split anywhere, into records. Bounded; never throws. */
export interface StreamDecoder {
  push(chunk: Uint8Array): Decoded[]
}
