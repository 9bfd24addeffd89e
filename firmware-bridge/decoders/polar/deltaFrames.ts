import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'

/** Integers as they were sent: one array a channel, all of the same length. */
export type Channels = number[][]

/** The signed little-endian integer of 1 to 3 bytes at `at`. */
export function readSigned(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getInt8(at)
  if (bytes === 2) return view.getInt16(at, true)
  return view.getUint16(at, true) | (view.getInt8(at + 2) << 16)
}

/**
 * Samples that stand in full, one after the other, from `from` to the end.
 *
 * @param bytes of one channel of a sample, 1 to 3
 */
export function rawSamples(view: DataView, from: number, channels: number, bytes: number): Channels | Refusal {
  const sampleBytes = channels * bytes
  const rest = view.byteLength - from
  if (rest === 0 || rest % sampleBytes !== 0)
    return refuse('bad-length', `polar-pmd samples: expected a multiple of ${sampleBytes} bytes, received ${rest}`)
  const samples: Channels = Array.from({ length: channels }, () => [])
  for (let at = from; at < view.byteLength; at += sampleBytes)
    for (const [channel, values] of samples.entries()) values.push(readSigned(view, at + channel * bytes, bytes))
  return samples
}

/**
 * Compressed samples from `from` to the end (Polar Measurement Data Specification for 3rd Party, delta frame sample example;
 * `parseDeltaFramesAll` of the SDK): a reference sample in full, then blocks of a delta size in bits, a count, and so many
 * deltas of each channel, bits lowest first, padded to whole bytes. Each delta is added to the sample before it.
 *
 * @param bytes of one channel of the reference sample, 1 to 3
 */
export function deltaSamples(view: DataView, from: number, channels: number, bytes: number): Channels | Refusal {
  const reference = rawSamples(
    new DataView(view.buffer, view.byteOffset, Math.min(view.byteLength, from + channels * bytes)),
    from,
    channels,
    bytes,
  )
  if ('kind' in reference) return reference
  let at = from + channels * bytes
  while (at < view.byteLength) {
    if (at + 2 > view.byteLength)
      return refuse('bad-length', 'polar-pmd delta block: expected a delta size and a count, received 1 byte')
    const bits = view.getUint8(at)
    const count = view.getUint8(at + 1)
    if (bits < 1 || bits > 32)
      return refuse('bad-value', `polar-pmd delta size: expected 1 to 32 bits, received ${bits}`)
    const blockBytes = Math.ceil((bits * count * channels) / 8)
    const rest = view.byteLength - at - 2
    if (blockBytes > rest)
      return refuse(
        'bad-length',
        `polar-pmd delta block: expected ${blockBytes} bytes for ${count} samples of ${bits} bits, received ${rest}`,
      )
    addDeltas(view, at + 2, { bits, count }, reference)
    at += 2 + blockBytes
  }
  return reference
}

function addDeltas(view: DataView, from: number, block: { bits: number; count: number }, samples: Channels): void {
  let bit = 8 * from
  for (let index = 0; index < block.count; index++)
    for (const values of samples) {
      values.push((values.at(-1) ?? 0) + readBits(view, bit, block.bits))
      bit += block.bits
    }
}

/** The signed integer of `bits` bits, the lowest first, that begins at bit `from`. */
function readBits(view: DataView, from: number, bits: number): number {
  let value = 0
  for (let index = 0; index < bits; index++) {
    const place = from + index
    value |= ((view.getUint8(place >> 3) >> (place & 7)) & 1) << index
  }
  const unused = 32 - bits
  return (value << unused) >> unused
}
