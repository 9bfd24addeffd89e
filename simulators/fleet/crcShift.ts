import { crc32 } from 'node:zlib'

const nibbles = 8
const byDistance = new Map<number, Uint32Array>()

/**
 * How the CRC-32 of a message changes where four of its bytes change: `difference` is old XOR new (little endian), followed
 * by `distance` bytes that stay. A CRC is linear over GF(2), so the change depends on nothing else, and is the XOR of the
 * changes that each nibble makes: eight look-ups instead of a pass over the message.
 */
export function crcChange(difference: number, distance: number): number {
  let table = byDistance.get(distance)
  if (!table) byDistance.set(distance, (table = tableFor(distance)))
  let change = 0
  for (let nibble = 0; nibble < nibbles; nibble++) change ^= table[nibble * 16 + ((difference >>> (4 * nibble)) & 15)]!
  return change >>> 0
}

/** What each value of each nibble changes. A frame has at most 4096 bytes, so there are at most as many tables. */
function tableFor(distance: number): Uint32Array {
  const message = new Uint8Array(4 + distance)
  const view = new DataView(message.buffer)
  const unchanged = crc32(message)
  const table = new Uint32Array(nibbles * 16)
  for (let i = 0; i < table.length; i++) {
    view.setUint32(0, ((i & 15) << (4 * (i >> 4))) >>> 0, true)
    table[i] = crc32(message) ^ unchanged
  }
  return table
}
