import type { SampleFormat } from './sampleFormat.ts'

/** Format 16: 16-bit two's complement, least significant byte first. */
export const format16: SampleFormat = {
  code: 16,
  groupSamples: 1,
  groupBytes: 2,
  invalid: -32768,
  unpack(bytes, count, out) {
    for (let i = 0, b = 0; i < count; i++, b += 2) {
      out[i] = (((bytes[b] ?? 0) | ((bytes[b + 1] ?? 0) << 8)) << 16) >> 16
    }
  },
}
