import { encodeFrame } from '../../firmware-bridge/frame.ts'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import { signals } from '../../firmware-bridge/signals.ts'
import type { TimedRecord } from '../timedRecord.ts'
import type { TimedFrame } from '../transport/timedFrame.ts'

/** How records become bytes, and encoded records a message. */
export interface Encoding {
  /** The encoder of one device; undefined where the format has no such record. */
  encoder(): (record: WireRecord) => Uint8Array | undefined
  /** One message (or piece of a file) of encoded records of one device. */
  join(parts: readonly Uint8Array[]): Uint8Array
  /** Most records that a receiver takes in one message, and most bytes that are put into one. */
  maxRecords: number
  maxBytes: number
  /** Whether records can be told apart on a line, which has no messages. */
  line: boolean
}

/** `frame` and `json` as `firmware-bridge/README.md` specifies them. */
export const encodings = {
  frame: {
    encoder: () => (record) => encodeFrame(record),
    join: concatenate,
    maxRecords: Infinity,
    maxBytes: 1 << 16,
    line: true,
  },
  json: {
    encoder: jsonEncoder,
    join: (parts) => concatenate([bracket, ...parts.flatMap((part, i) => (i === 0 ? [part] : [comma, part])), end]),
    maxRecords: 1000,
    maxBytes: 1 << 19,
    line: false,
  },
} as const satisfies Record<string, Encoding>

export type EncodingName = keyof typeof encodings
export const encodingNames = Object.keys(encodings) as EncodingName[]

const [bracket, comma, end] = ['[', ',', ']\n'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]

/** Encodes the records of one device. */
export function* encoded(records: Iterable<TimedRecord>, encoding: Encoding): Generator<TimedFrame, void, undefined> {
  const encode = encoding.encoder()
  for (const { atMicros, record } of records) {
    const bytes = encode(record)
    if (bytes) yield { atMicros, bytes, samples: record.kind === 'samples' ? record.values.length : 0 }
  }
}

/** JSON knows samples and events only, so what is left out must not be counted: a gap in the sequence is a loss. */
function jsonEncoder(): (record: WireRecord) => Uint8Array | undefined {
  let leftOut = 0
  let boot: number | undefined
  return (record) => {
    if (record.bootId !== boot) leftOut = 0
    boot = record.bootId
    if (record.kind === 'hello' || record.kind === 'time') {
      leftOut++
      return undefined
    }
    const { bootId, tick } = record
    const header = { bootId, sequence: (record.sequence - leftOut) >>> 0, tick }
    return Buffer.from(JSON.stringify({ ...header, ...jsonBody(record) }))
  }
}

function jsonBody(record: Extract<WireRecord, { kind: 'samples' | 'event' }>): object {
  if (record.kind === 'event') {
    const { code, value, signal, cause } = record
    return { event: code, value, signal, cause }
  }
  const { signal, rateHz } = record
  // Not a number is missing, and becomes null; seven digits are what a 32-bit float holds.
  const values = Array.from(record.values, (value) => Number(value.toPrecision(7)))
  return { signal, values, rateHz, unit: signals[signal].unit }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}
