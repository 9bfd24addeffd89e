import type { Refusal } from '../../refusal.ts'
import { refuse } from '../../refusal.ts'

/** Samples of all channels, one after the other: channel 0, 1, … of the first, then of the second. */
export type Interleaved = number[]

/** Samples of `width` bytes each, signed, little endian, from `at` to the end. */
export function rawSamples(view: DataView, at: number, width: number, channels: number): Interleaved | Refusal {
  const length = view.byteLength - at
  const step = width * channels
  if (length === 0 || length % step !== 0)
    return refuse('bad-length', `polar-pmd: expected samples of ${step} bytes, received ${length} bytes`)
  return Array.from({ length: length / width }, (_, i) => signedAt(view, at + i * width, width))
}

/**
 * Delta frames (Polar BLE SDK, `BlePMDClient.parseDeltaFrame`): a reference sample of `width` bytes a channel, then blocks of
 * a size in bits, a count, and as many differences a channel, the lowest bit first; each block begins on a byte.
 */
export function deltaSamples(view: DataView, at: number, width: number, channels: number): Interleaved | Refusal {
  if (view.byteLength - at < width * channels)
    return refuse(
      'bad-length',
      `polar-pmd: expected a reference sample of ${width * channels} bytes, received ${view.byteLength - at}`,
    )
  const out = Array.from({ length: channels }, (_, channel) => signedAt(view, at + channel * width, width))
  for (let block = at + width * channels; block < view.byteLength;) {
    if (view.byteLength - block < 2)
      return refuse('bad-length', 'polar-pmd: expected size and count of a delta block, received 1 byte')
    const bits = view.getUint8(block)
    const count = view.getUint8(block + 1) * channels
    if (bits < 1 || bits > 32)
      return refuse('bad-value', `polar-pmd: expected differences of 1 to 32 bits, received ${bits}`)
    const length = Math.ceil((bits * count) / 8)
    const begin = block + 2
    if (view.byteLength - begin < length)
      return refuse(
        'bad-length',
        `polar-pmd: expected ${length} bytes in a delta block, received ${view.byteLength - begin}`,
      )
    for (let i = 0; i < count; i++) out.push((out.at(-channels)! + signedBits(view, begin * 8 + i * bits, bits)) | 0)
    block = begin + length
  }
  return out
}

/** A little-endian two's complement number of 1 to 3 bytes. */
function signedAt(view: DataView, at: number, width: number): number {
  return signedBits(view, at * 8, width * 8)
}

/** A two's complement number of 1 to 32 bits, the lowest first. */
function signedBits(view: DataView, bitAt: number, bits: number): number {
  let value = 0
  for (let done = 0; done < bits;) {
    const offset = (bitAt + done) & 7
    const taken = Math.min(8 - offset, bits - done)
    const part = (view.getUint8((bitAt + done) >> 3) >> offset) & ((1 << taken) - 1)
    value |= part << done
    done += taken
  }
  return (value << (32 - bits)) >> (32 - bits)
}
