/**
 * Consistent Overhead Byte Stuffing: takes every 0x00 out of a message, so that 0x00 can mark its end.
 * Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999.
 */

/** Bytes that `length` bytes can grow to, the delimiter not counted. */
export const maxCobsBytes = (length: number): number => length + Math.ceil(length / 254) + (length === 0 ? 1 : 0)

/**
 * Stuffs `source[0..length)` into `target` from `at` and returns the index after the last byte written. `target` must
 * have room for `maxCobsBytes(length)`. Writes no delimiter.
 */
export function cobsEncode(source: Uint8Array, length: number, target: Uint8Array, at = 0): number {
  let codeAt = at
  let code = 1
  let out = at + 1
  for (let i = 0; i < length; i++) {
    const byte = source[i]!
    if (byte !== 0) {
      target[out++] = byte
      code++
    }
    // A full block (0xFF) stands for no zero; after the very last byte none must be opened.
    if (byte === 0 || (code === 0xff && i + 1 < length)) {
      target[codeAt] = code
      code = 1
      codeAt = out++
    }
  }
  target[codeAt] = code
  return out
}

/**
 * Unstuffs `source[start..end)` into `target` and returns the length, or -1 where the bytes are no COBS message (a zero
 * inside, a block that runs past the end, nothing at all) or would not fit.
 */
export function cobsDecode(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  // Unstuffing never lengthens, so one check here replaces one at each byte.
  if (end <= start || end - start - 1 > target.length) return -1
  let i = start
  let out = 0
  while (i < end) {
    const code = source[i]!
    const blockEnd = i + code
    if (code === 0 || blockEnd > end) return -1
    for (i++; i < blockEnd; i++) {
      const byte = source[i]!
      if (byte === 0) return -1
      target[out++] = byte
    }
    if (code !== 0xff && i < end) target[out++] = 0
  }
  return out
}
