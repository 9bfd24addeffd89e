import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Stored } from '../messages.ts'

/**
 * What rows have in common, so that also a short one packs well. Part of the file format: it is never changed, only
 * followed by another one under a new leading byte.
 */
const dictionary = Buffer.from(
  [
    '"temperature":36.5,"skinTemperature":33.5,"accX":0.01,"accY":0.01,"accZ":0.98,"bloodPressureSystolic":120,',
    '"bloodPressureDiastolic":80,"ventricularBeats":0,"supraventricularBeats":0,',
    '{"kind":"summary","summary":{"schemaVersion":1,"gateway":"gateway-01","wearer":"w-01","spanSeconds":60,',
    '"at":"2026-01-01T00:00:00.000Z","means":{"heartRate":60,"spo2":97,"respirationRate":15},"score":0.',
    '"threshold":0.1,"assessableSeconds":60,"beats":60,"anomalousBeats":0}}\n{"kind":"summary","summary":{"schemaVersion":1,',
    '"gateway":"gateway-01","wearer":"w-01","spanSeconds":1,"at":"2026-01-01T00:00:00.000Z","means":{"heartRate":60,"spo2":97,',
    '"respirationRate":15},"score":0.0,"threshold":0.1,"assessableSeconds":1,"beats":1,"anomalousBeats":0}}\n',
  ].join(''),
)

/** First byte of a packed text: raw deflate with the dictionary above. */
const deflated = 1
/** More than any row comes to, unpacked, bytes. */
const longest = 64 * 1024 * 1024

/** Text as a blob of a few times fewer bytes. */
export function packText(text: string): Buffer {
  // Level 1: state is written again and again, and the last per cent would cost as much time as all the others.
  return Buffer.concat([Buffer.of(deflated), deflateRawSync(text, { dictionary, level: 1 })])
}

/**
 * Reads a column that holds packed or, as in version 1 of the data file, plain text.
 *
 * @throws Error for bytes that are neither
 */
export function unpackText(value: unknown): string {
  if (typeof value === 'string') return value
  const bytes = value instanceof ArrayBuffer ? Buffer.from(value) : Buffer.isBuffer(value) ? value : Buffer.alloc(0)
  if (bytes[0] !== deflated) throw new Error(`expected packed text of form ${deflated}, received form ${bytes[0]}`)
  return inflateRawSync(bytes.subarray(1), { dictionary, maxOutputLength: longest }).toString('utf8')
}

/** Items as JSON lines, packed. */
export function packItems(items: readonly Stored[]): Buffer {
  return packText(items.map((item) => JSON.stringify(item)).join('\n'))
}

/** @throws Error where the bytes are damaged */
export function unpackItems(value: unknown): Stored[] {
  return unpackText(value)
    .split('\n')
    .map((line) => JSON.parse(line) as Stored)
}
