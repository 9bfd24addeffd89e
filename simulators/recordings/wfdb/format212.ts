import type { SampleFormat } from './sampleFormat.ts'

/**
 * Format 212: two 12-bit two's complement samples in three bytes. The second byte holds the high nibbles: of the first sample
 * below, of the second above.
 */
export const format212: SampleFormat = {
  code: 212,
  groupSamples: 2,
  groupBytes: 3,
  partialBytes: [2],
  invalid: -2048,
  unpack(bytes, count, out) {
    for (let i = 0, b = 0; i < count; i += 2, b += 3) {
      const high = bytes[b + 1] ?? 0
      out[i] = (((bytes[b] ?? 0) | ((high & 0x0f) << 8)) << 20) >> 20
      if (i + 1 < count) out[i + 1] = (((bytes[b + 2] ?? 0) | ((high & 0xf0) << 4)) << 20) >> 20
    }
  },
}
