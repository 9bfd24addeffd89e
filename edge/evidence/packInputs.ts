import { z } from 'zod'
import { decodeFrame, encodeFrame } from '../../firmware-bridge/frame.ts'
import type { Decoded } from '../../firmware-bridge/records.ts'
import type { Arrival, Asked, Input } from '../flow.ts'

/** What is kept of an input: no promise to acknowledge it, nobody to answer. */
export type KeptInput = Omit<Arrival, 'acknowledge'> | Exclude<Input, Arrival | Asked> | Omit<Asked, 'respond'>

/** An input, and the gateway's clock when it came, µs since the epoch. */
export interface Heard {
  now: number
  input: KeptInput
}

/**
 * `frame`: the record as a frame of the firmware bridge (base64), where that carries it without loss; else the record itself,
 * its values and bytes as base64.
 */
const packedRecord = z.union([
  z.object({ frame: z.string() }),
  z.object({
    record: z.looseObject({ kind: z.string(), values: z.string().optional(), bytes: z.string().optional() }),
  }),
])
type PackedRecord = z.infer<typeof packedRecord>

export const packedInputSchema = z.object({
  now: z.number(),
  input: z.looseObject({ kind: z.string(), records: z.array(packedRecord).optional() }),
})
export type PackedInput = z.infer<typeof packedInputSchema>

/** JSON-able and small. */
export function packInput({ now, input }: Heard): PackedInput {
  if (input.kind !== 'arrival') return { now, input: { ...input } }
  return { now, input: { ...input, records: input.records.map(packRecord) } }
}

/** @throws Error where a record cannot be read. */
export function unpackInput({ now, input }: PackedInput): Heard {
  if (input.records === undefined) return { now, input: input as unknown as KeptInput }
  return { now, input: { ...input, records: input.records.map(unpackRecord) } as unknown as KeptInput }
}

function packRecord(record: Decoded): PackedRecord {
  const frame = frameOf(record)
  if (frame !== undefined) return { frame }
  if (record.kind === 'samples') return { record: { ...record, values: base64Of(record.values) } }
  if (record.kind === 'fault') return { record: { ...record, bytes: base64Of(record.bytes) } }
  return { record: { ...record } }
}

/** The record as a frame, if exactly the same comes out again. */
function frameOf(record: Decoded): string | undefined {
  if (!('bootId' in record)) return undefined
  try {
    const frame = encodeFrame(record).slice(0, -1)
    return isSame(record, decodeFrame(frame)) ? Buffer.from(frame).toString('base64') : undefined
  } catch (error) {
    // The wire cannot carry it, such as a record of another decoder that is longer than a frame.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function isSame(a: object, b: object): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => isSameField(a, b, key as never))
}

function isSameField(a: Record<never, unknown>, b: Record<never, unknown>, key: never): boolean {
  const [left, right]: [unknown, unknown] = [a[key], b[key]]
  if (left instanceof Float32Array)
    return (
      right instanceof Float32Array &&
      left.length === right.length &&
      left.every((value, i) => Object.is(value, right[i]) || (Number.isNaN(value) && Number.isNaN(right[i])))
    )
  if (Array.isArray(left)) return JSON.stringify(left) === JSON.stringify(right)
  return Object.is(left, right)
}

function unpackRecord(packed: PackedRecord): Decoded {
  if ('frame' in packed) {
    const record = decodeFrame(Buffer.from(packed.frame, 'base64'))
    if (record.kind === 'fault') throw new Error(`inputs: expected a frame, received ${record.detail}`)
    return record
  }
  const { values, bytes, ...record } = packed.record
  return {
    ...record,
    ...(values !== undefined && { values: floatsOf(values) }),
    ...(bytes !== undefined && { bytes: new Uint8Array(Buffer.from(bytes, 'base64')) }),
  } as unknown as Decoded
}

function base64Of({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function floatsOf(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % 4 !== 0) throw new Error(`inputs: expected values of 4 bytes, received ${bytes.length} bytes`)
  // A buffer of its own: a pooled one need not begin where a float may.
  return new Float32Array(new Uint8Array(bytes).buffer)
}
