import type { SampleFormat } from './sampleFormat.ts'

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
const signed = (tenBits: number): number => (tenBits << 22) >> 22

/**
 * Format 310: three 10-bit two's complement samples in two little-endian 16-bit words. The first two lie in bits 1 to 10 of a
 * word each, the third in the five highest bits of both, its low half first.
 */
export const format310: SampleFormat = {
  code: 310,
  groupSamples: 3,
  groupBytes: 4,
  partialBytes: [2, 4],
  invalid: -512,
  unpack(bytes, count, out) {
    for (let i = 0, b = 0; i < count; i += 3, b += 4) {
      const first = byte(bytes, b) | (byte(bytes, b + 1) << 8)
      const second = byte(bytes, b + 2) | (byte(bytes, b + 3) << 8)
      out[i] = signed(first >> 1)
      if (i + 1 < count) out[i + 1] = signed(second >> 1)
      if (i + 2 < count) out[i + 2] = signed((first >> 11) | ((second >> 11) << 5))
    }
  },
}

/** Format 311: three 10-bit two's complement samples in the 30 lower bits of a little-endian 32-bit word, lowest first. */
export const format311: SampleFormat = {
  code: 311,
  groupSamples: 3,
  groupBytes: 4,
  partialBytes: [2, 3],
  invalid: -512,
  unpack(bytes, count, out) {
    for (let i = 0, b = 0; i < count; i += 3, b += 4) {
      const word = byte(bytes, b) | (byte(bytes, b + 1) << 8) | (byte(bytes, b + 2) << 16) | (byte(bytes, b + 3) << 24)
      out[i] = signed(word)
      if (i + 1 < count) out[i + 1] = signed(word >> 10)
      if (i + 2 < count) out[i + 2] = signed(word >> 20)
    }
  },
}
