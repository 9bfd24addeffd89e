import { crc32 as zlibCrc32 } from 'node:zlib'

/** From here on zlib's vector instructions are worth the call into it. */
const zlibFrom = 384
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** What a byte does to the CRC from 0 to 15 places before the end: 256 entries for each place. */
const tables = new Int32Array(16 * 256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  tables[byte] = crc
}
for (let i = 256; i < tables.length; i++) {
  const before = tables[i - 256]!
  tables[i] = (before >>> 8) ^ tables[before & 0xff]!
}

/** What each byte does to an empty register. */
export const crcTable: Readonly<Int32Array> = tables.subarray(0, 256)

/**
 * Makes the CRC-32 of zlib (IEEE 802.3, reflected polynomial 0xEDB88320) of the first `length` bytes of a buffer that
 * is used again and again: sixteen bytes at a time from sixteen tables (Kounavis and Berry, "A Systematic Approach to
 * Building High Performance Software-Based CRC Generators", ISCC 2005), which for a frame of usual length takes less
 * than the call to zlib.
 */
export function crc32Of(buffer: ArrayBuffer): (length: number) => number {
  const bytes = new Uint8Array(buffer)
  const words = new Int32Array(buffer, 0, buffer.byteLength >>> 2)
  return (length) => {
    if (length >= zlibFrom || !isLittleEndian) return zlibCrc32(bytes.subarray(0, length))
    let crc = -1
    let at = 0
    for (const end = (length >>> 4) << 2; at < end; at += 4) {
      const a = crc ^ words[at]!
      const b = words[at + 1]!
      const c = words[at + 2]!
      const d = words[at + 3]!
      crc =
        tables[0xf00 | (a & 0xff)]! ^
        tables[0xe00 | ((a >>> 8) & 0xff)]! ^
        tables[0xd00 | ((a >>> 16) & 0xff)]! ^
        tables[0xc00 | (a >>> 24)]! ^
        tables[0xb00 | (b & 0xff)]! ^
        tables[0xa00 | ((b >>> 8) & 0xff)]! ^
        tables[0x900 | ((b >>> 16) & 0xff)]! ^
        tables[0x800 | (b >>> 24)]! ^
        tables[0x700 | (c & 0xff)]! ^
        tables[0x600 | ((c >>> 8) & 0xff)]! ^
        tables[0x500 | ((c >>> 16) & 0xff)]! ^
        tables[0x400 | (c >>> 24)]! ^
        tables[0x300 | (d & 0xff)]! ^
        tables[0x200 | ((d >>> 8) & 0xff)]! ^
        tables[0x100 | ((d >>> 16) & 0xff)]! ^
        tables[d >>> 24]!
    }
    for (const end = length >>> 2; at < end; at++) {
      const a = crc ^ words[at]!
      crc =
        tables[0x300 | (a & 0xff)]! ^
        tables[0x200 | ((a >>> 8) & 0xff)]! ^
        tables[0x100 | ((a >>> 16) & 0xff)]! ^
        tables[a >>> 24]!
    }
    for (at <<= 2; at < length; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!
    return ~crc >>> 0
  }
}
