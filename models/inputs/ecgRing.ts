import { bytesToFloat32, float32ToBytes } from './typedArrays.ts'

/** What is wrong with a sample; several may be. */
export const sampleFlag = { missing: 1, rail: 2 } as const

/** The last seconds of a filtered ECG with what is wrong with each sample. Positions count samples since the start of the stream. */
export class EcgRing {
  /** The sample at position n lies at `n & mask`. */
  readonly filtered: Float32Array
  readonly mask: number
  private readonly flags: Uint8Array

  /** @param samples that it holds at least */
  constructor(samples: number) {
    const length = 2 ** Math.ceil(Math.log2(samples))
    this.filtered = new Float32Array(length)
    this.flags = new Uint8Array(length)
    this.mask = length - 1
  }

  put(position: number, value: number, flags: number): void {
    this.filtered[position & this.mask] = value
    this.flags[position & this.mask] = flags
  }

  /**
   * Counts what was not measured and what was at the rails from `first` to `last`; what lies outside of `from` (inclusive) to `until`
   * (exclusive) counts as not measured.
   */
  count(first: number, last: number, from: number, until: number): { missing: number; rail: number } {
    let [missing, rail] = [0, 0]
    for (let i = first; i <= last; i++) {
      const flags = i >= from && i < until ? this.flags[i & this.mask]! : sampleFlag.missing
      if (flags & sampleFlag.missing) missing++
      if (flags & sampleFlag.rail) rail++
    }
    return { missing, rail }
  }

  snapshot(): EcgRingSnapshot {
    return {
      filtered: float32ToBytes(this.filtered).toString('base64'),
      flags: Buffer.from(this.flags).toString('base64'),
    }
  }

  restore({ filtered, flags }: EcgRingSnapshot): void {
    this.filtered.set(bytesToFloat32(Buffer.from(filtered, 'base64')))
    this.flags.set(Buffer.from(flags, 'base64'))
  }
}

/** Both as base64. */
export interface EcgRingSnapshot {
  filtered: string
  flags: string
}
