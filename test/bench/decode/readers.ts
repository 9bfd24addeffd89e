import { once } from 'node:events'
import { crc32 } from 'node:zlib'
import { PacketLengthParser } from 'serialport'
import { cobsDecodeRun } from '../../../firmware-bridge/cobs.ts'
import { workspace } from '../../../firmware-bridge/envelope.ts'
import { readContent } from '../../../firmware-bridge/frame.ts'
import { crcBytes, maxContentBytes } from '../../../firmware-bridge/frameLimits.ts'
import { FrameParser } from '../../../firmware-bridge/frameParser.ts'
import { add, addRounded } from './add.ts'
import type { DecodeStream } from './streams.ts'
import { packetHeaderBytes, packetStart } from './streams.ts'

/**
 * The ways to the values of a stream. Each gives the sum of all values in order, rounded to 32 bits, so that all of
 * them come to the same number or have not read the same.
 */

/** Ours: the frame parser with its record decoder. */
export function withFrameParser({ chunks }: DecodeStream): number {
  const parser = new FrameParser()
  let sum = 0
  for (const chunk of chunks)
    for (const record of parser.push(chunk)) if (record.kind === 'samples') sum = add(sum, record.values)
  return sum
}

/**
 * JSON.parse of a message a record, already cut out and decoded from UTF-8, neither checked nor put into typed arrays.
 */
export function withJson({ json }: DecodeStream): number {
  let sum = 0
  for (const text of json) {
    const { values } = JSON.parse(text) as { values: number[] }
    sum = addRounded(sum, values)
  }
  return sum
}

/** serialport's packet-length parser, as a stream; its packets then go through our record decoder. Checks no CRC. */
export async function withPacketLength({ packetChunks }: DecodeStream): Promise<number> {
  const parser = new PacketLengthParser({
    delimiter: packetStart,
    packetOverhead: packetHeaderBytes,
    lengthBytes: 2,
    maxLen: maxContentBytes,
  })
  let sum = 0
  parser.on('data', (packet: Buffer) => {
    if (packet.length <= packetHeaderBytes) return
    workspace.bytes.set(packet.subarray(packetHeaderBytes))
    const { record } = readContent(packet.length - packetHeaderBytes - crcBytes)
    if (record.kind === 'samples') sum = add(sum, record.values)
  })
  const ended = once(parser, 'end')
  for (const chunk of packetChunks) if (!parser.write(chunk)) await once(parser, 'drain')
  parser.end()
  await ended
  return sum
}

const bare = new Uint8Array(maxContentBytes)
const bareView = new DataView(bare.buffer)
const values = new Float32Array(maxContentBytes)

/**
 * What the arithmetic alone takes: COBS, CRC and varints of frames already cut out, into memory that is used again. No
 * header, no range, no record; knows no damage.
 */
export function withBareLoop({ frames }: DecodeStream): number {
  let sum = 0
  for (const frame of frames) {
    const end = cobsDecodeRun(frame, 0, frame.length, bare) - crcBytes
    if (crc32(bare.subarray(0, end)) !== bareView.getUint32(end, true)) throw new Error('bare loop: wrong CRC')
    const step = 1 / bareView.getFloat32(24, true)
    const count = bareView.getUint16(32, true)
    let at = 34
    let integer = 0
    for (let i = 0; i < count; i++) {
      let byte = bare[at++]!
      let zigzag = byte & 0x7f
      for (let shift = 7; byte > 0x7f; shift += 7) {
        byte = bare[at++]!
        zigzag |= (byte & 0x7f) << shift
      }
      integer = (integer + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0
      values[i] = step * integer
    }
    sum = add(sum, values, count)
  }
  return sum
}
