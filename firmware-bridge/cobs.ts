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
  return source.subarray(start, end).includes(0) ? -1 : cobsDecodeRun(source, start, end, target)
}

/**
 * The same for bytes between two delimiters, among which there is no zero: it is not looked for again. All are copied
 * at once; then the code of each block, which says where the next one stands, gives way to the zero that it stands
 * for.
 */
export function cobsDecodeRun(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let length = end - start - 1
  if (length < 0 || length > target.length) return -1
  // Not `subarray`, which in a Buffer takes a way round.
  target.set(new Uint8Array(source.buffer, source.byteOffset + start + 1, length))
  let code = source[start]!
  let at = code - 1
  while (at < length && code !== 0) {
    const full = code === 0xff
    code = target[at]!
    // A full block stands for no zero: what follows it closes up.
    if (full) target.copyWithin(at, at + 1, length--)
    else target[at++] = 0
    at += code - 1
  }
  return at === length && code !== 0 ? length : -1
}
