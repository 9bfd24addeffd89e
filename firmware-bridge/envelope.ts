import { cobsDecodeRun, cobsEncode, maxCobsBytes } from './cobs.ts'
import { crc32Of } from './crc32.ts'
import {
  crcBytes,
  frameVersion,
  headerBytes,
  maxContentBytes,
  maxEncodedBytes,
  maxSamplesInRecord,
} from './frameLimits.ts'
import type { RecordHeader } from './records.ts'
import { maxTick } from './records.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import { expectUnsigned, readUint53, writeUint53 } from './unsigned.ts'

/**
 * Where one frame is taken apart or put together; nothing is kept here from one call to the next. Long enough for the
 * longest record an encoder can be handed, so that its length is checked once, at the end.
 */
const bytes = new Uint8Array(headerBytes + 16 + 5 * maxSamplesInRecord + crcBytes)
const view = new DataView(bytes.buffer)
export const workspace = { bytes, view } as const
const crc32 = crc32Of(bytes.buffer)

/**
 * Unstuffs `source[start..end)` into the workspace and checks its CRC. Returns the length of header and payload; a
 * refusal means that the bytes are damaged and nothing in them can be believed.
 */
export function openEnvelope(source: Uint8Array, start: number, end: number): number | Refusal {
  return end - start <= maxEncodedBytes && source.subarray(start, end).includes(0)
    ? badCobs(start, end)
    : openRun(source, start, end)
}

/** The same for bytes between two delimiters, among which there is no zero: it is not looked for again. */
export function openRun(source: Uint8Array, start: number, end: number): number | Refusal {
  if (end - start > maxEncodedBytes)
    return refuse('too-long', `frame: expected at most ${maxEncodedBytes} bytes, received ${end - start}`)
  const length = cobsDecodeRun(source, start, end, bytes)
  if (length < 0) return badCobs(start, end)
  if (length > maxContentBytes)
    return refuse('too-long', `frame: expected at most ${maxContentBytes} bytes of content, received ${length}`)
  const checked = length - crcBytes
  if (checked < headerBytes)
    return refuse('bad-length', `frame: expected at least ${headerBytes + crcBytes} bytes, received ${length}`)
  const expected = view.getUint32(checked, true)
  const actual = crc32(checked)
  return actual === expected
    ? checked
    : refuse('bad-crc', `frame: CRC is ${hex(actual)}, the frame says ${hex(expected)}`)
}

/** The header of the opened frame. */
export function readHeader(): RecordHeader | Refusal {
  const version = view.getUint8(0)
  if (version !== frameVersion)
    return refuse('unknown-version', `frame.version: expected ${frameVersion}, received ${version}`)
  const tick = readUint53(view, 10)
  if (tick === undefined || tick > maxTick)
    return refuse('bad-value', `frame.tick: expected at most ${maxTick} µs (100 years), received more`)
  return { sequence: view.getUint32(2, true), bootId: view.getUint32(6, true), tick }
}

/**
 * Writes a header into the workspace; the payload goes after it. Throws a RangeError on a number the wire cannot
 * carry.
 */
export function writeHeader(type: number, header: RecordHeader): void {
  expectUnsigned('sequence', header.sequence, 0xffffffff)
  expectUnsigned('bootId', header.bootId, 0xffffffff)
  expectUnsigned('tick', header.tick, maxTick)
  view.setUint8(0, frameVersion)
  view.setUint8(1, type)
  view.setUint32(2, header.sequence, true)
  view.setUint32(6, header.bootId, true)
  writeUint53(view, 10, header.tick)
}

/** Seals the `length` bytes of header and payload in the workspace: CRC, byte stuffing, delimiter. */
export function sealEnvelope(length: number): Uint8Array {
  const total = length + crcBytes
  if (total > maxContentBytes)
    throw new RangeError(
      `frame: expected at most ${maxContentBytes} bytes, received ${total}; send fewer samples in each`,
    )
  view.setUint32(length, crc32(length), true)
  const encoded = new Uint8Array(maxCobsBytes(total) + 1)
  const end = cobsEncode(bytes, total, encoded)
  encoded[end] = 0
  return encoded.subarray(0, end + 1)
}

const badCobs = (start: number, end: number): Refusal =>
  refuse('bad-cobs', `frame: ${end - start} bytes that are no COBS message`)

const hex = (crc: number): string => crc.toString(16).padStart(8, '0')
