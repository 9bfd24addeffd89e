import type { SampleFormat } from './sampleFormat.ts'

/** One sample in `bytes` bytes; `read` gives it from the byte at `at`. */
function wholeBytes(
  code: number,
  groupBytes: number,
  read: (bytes: Uint8Array, at: number) => number,
  more: Pick<SampleFormat, 'invalid' | 'differences'>,
): SampleFormat {
  return {
    code,
    groupSamples: 1,
    groupBytes,
    partialBytes: [],
    ...more,
    unpack(bytes, count, out) {
      for (let i = 0, at = 0; i < count; i++, at += groupBytes) out[i] = read(bytes, at)
    },
  }
}

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

/** Format 8: 8-bit first differences. */
export const format8 = wholeBytes(8, 1, (bytes, at) => (byte(bytes, at) << 24) >> 24, { differences: true })

/** Format 16: 16-bit two's complement, least significant byte first. */
export const format16 = wholeBytes(16, 2, (bytes, at) => ((byte(bytes, at) | (byte(bytes, at + 1) << 8)) << 16) >> 16, {
  invalid: -0x8000,
})

/** Format 24: 24-bit two's complement, least significant byte first. */
export const format24 = wholeBytes(
  24,
  3,
  (bytes, at) => ((byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16)) << 8) >> 8,
  { invalid: -0x800000 },
)

/** Format 32: 32-bit two's complement, least significant byte first. */
export const format32 = wholeBytes(
  32,
  4,
  (bytes, at) =>
    byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24),
  { invalid: -0x80000000 },
)

/** Format 61: 16-bit two's complement, most significant byte first. */
export const format61 = wholeBytes(61, 2, (bytes, at) => ((byte(bytes, at + 1) | (byte(bytes, at) << 8)) << 16) >> 16, {
  invalid: -0x8000,
})

/** Format 80: 8-bit offset binary. */
export const format80 = wholeBytes(80, 1, (bytes, at) => byte(bytes, at) - 0x80, { invalid: -0x80 })

/** Format 160: 16-bit offset binary, least significant byte first. */
export const format160 = wholeBytes(160, 2, (bytes, at) => (byte(bytes, at) | (byte(bytes, at + 1) << 8)) - 0x8000, {
  invalid: -0x8000,
})
