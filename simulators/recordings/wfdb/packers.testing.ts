/** Encoders of signal files, written from `signal(5)` apart from the code under test. */

const integers =
  (bytes: number, write: (view: DataView, at: number, value: number) => void) =>
  (samples: number[]): Uint8Array => {
    const out = new Uint8Array(samples.length * bytes)
    samples.forEach((sample, i) => write(new DataView(out.buffer), i * bytes, sample))
    return out
  }

/** Bits of all samples in a row, the lowest first, in groups of bytes; cut after the last byte that holds a bit. */
const bitRow = (bits: number, groupSamples: number, groupBytes: number) => (samples: number[]) => {
  const out: number[] = []
  for (let from = 0; from < samples.length; from += groupSamples) {
    const group = samples.slice(from, from + groupSamples)
    const row = group.flatMap((sample) => Array.from({ length: bits }, (_, bit) => (sample >> bit) & 1))
    const bytes = group.length === groupSamples ? groupBytes : Math.ceil(row.length / 8)
    for (let b = 0; b < bytes; b++) out.push(row.slice(b * 8, b * 8 + 8).reduce((sum, bit, i) => sum + (bit << i), 0))
  }
  return Uint8Array.from(out)
}

export const packers: Record<number, { pack: (samples: number[]) => Uint8Array; max: number }> = {
  16: { pack: integers(2, (view, at, value) => view.setInt16(at, value, true)), max: 0x7fff },
  24: {
    pack: integers(3, (view, at, value) => {
      view.setUint16(at, value & 0xffff, true)
      view.setInt8(at + 2, value >> 16)
    }),
    max: 0x7fffff,
  },
  32: { pack: integers(4, (view, at, value) => view.setInt32(at, value, true)), max: 0x7fffffff },
  61: { pack: integers(2, (view, at, value) => view.setInt16(at, value, false)), max: 0x7fff },
  80: { pack: integers(1, (view, at, value) => view.setUint8(at, value + 128)), max: 127 },
  160: { pack: integers(2, (view, at, value) => view.setUint16(at, value + 0x8000, true)), max: 0x7fff },
  212: {
    pack: (samples) => {
      const out: number[] = []
      for (let i = 0; i < samples.length; i += 2) {
        const [a = 0, b = 0] = samples.slice(i, i + 2)
        out.push(a & 0xff, ((a >> 8) & 15) + ((b >> 8) & 15) * 16, b & 0xff)
      }
      return Uint8Array.from(out).subarray(0, Math.ceil(samples.length * 1.5))
    },
    max: 2047,
  },
  310: {
    pack: (samples) => {
      const out = new Uint8Array(Math.ceil(samples.length / 3) * 4)
      const view = new DataView(out.buffer)
      for (let i = 0; i < samples.length; i += 3) {
        const [a = 0, b = 0, c = 0] = samples.slice(i, i + 3).map((sample) => sample & 0x3ff)
        view.setUint16((i / 3) * 4, a * 2 + (c % 32) * 2048, true)
        view.setUint16((i / 3) * 4 + 2, b * 2 + Math.floor(c / 32) * 2048, true)
      }
      return samples.length % 3 === 1 ? out.subarray(0, out.length - 2) : out
    },
    max: 511,
  },
  311: { pack: bitRow(10, 3, 4), max: 511 },
}

/** Format 8 of interleaved signals: each sample's difference from the one before of its signal, at most 127 either way. */
export function packDifferences(frames: number[][][], initial: number[]): Uint8Array {
  const last = [...initial]
  const out: number[] = []
  for (const frame of frames) {
    for (const [signal, samples] of frame.entries()) {
      for (const sample of samples) {
        out.push((sample - (last[signal] ?? 0)) & 0xff)
        last[signal] = sample
      }
    }
  }
  return Uint8Array.from(out)
}
