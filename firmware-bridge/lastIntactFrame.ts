import { openEnvelope } from './envelope.ts'
import { frameVersion, maxEncodedBytes } from './frameLimits.ts'

/** Frames that could stand in one segment if every delimiter among them were lost. */
const maxAttempts = 200

/** For each position, whether a chain of COBS blocks leads from there to the end exactly. */
const leadsToEnd = new Uint8Array(maxEncodedBytes)

/**
 * Where noise or a lost delimiter stands before a whole frame, the bytes up to the next delimiter do not check, but their
 * last part does. Looks through `source[start..end)` (no 0x00 in it, the delimiter after it) from its end and returns where
 * an intact frame begins and the length of its header and payload. At most `maxEncodedBytes` are looked at, in time linear in them but for the CRC of
 * candidates: only a position from which the COBS blocks end where they must, and whose first byte is this version,
 * is one. The workspace holds the frame found.
 */
export function lastIntactFrame(
  source: Uint8Array,
  start: number,
  end: number,
): { at: number; length: number } | undefined {
  const from = Math.max(start, end - maxEncodedBytes)
  let attempts = 0
  for (let at = end - 1; at >= from; at--) {
    const next = at + source[at]!
    const leads = next === end || (next < end && leadsToEnd[next - from] === 1)
    leadsToEnd[at - from] = leads ? 1 : 0
    // A frame begins with two bytes that are never zero (version, type): its first block holds both.
    if (!leads || source[at]! < 3 || source[at + 1] !== frameVersion) continue
    if (++attempts > maxAttempts) return undefined
    const length = openEnvelope(source, at, end)
    if (typeof length === 'number') return { at, length }
  }
  return undefined
}
