import { bytesOf } from '../bluetooth/hex.testing.ts'

/** A data notification with its device clock in µs, for tests. */
export function pmdFrame(
  measurement: number,
  stamp: number,
  frameType: number,
  content: Uint8Array | string,
): Uint8Array {
  const header = Buffer.alloc(10)
  header.writeUInt8(measurement, 0)
  header.writeBigUInt64LE(BigInt(stamp) * 1000n, 1)
  header.writeUInt8(frameType, 9)
  return Uint8Array.from(Buffer.concat([header, typeof content === 'string' ? bytesOf(content) : content]))
}
