import { bytesToFloat32, float32ToBytes } from '../../models/inputs/typedArrays.ts'

/** The last samples of a waveform, as measured, by their number. NaN where nothing was. */
export class RecentSamples {
  private readonly values: Float32Array
  private samples = 0

  /** @param length remembered at least. */
  constructor(length: number) {
    this.values = new Float32Array(2 ** Math.ceil(Math.log2(length))).fill(NaN)
  }

  /** Samples put in so far: the number of the next one. */
  get count(): number {
    return this.samples
  }

  put(value: number): void {
    this.values[this.samples++ & (this.values.length - 1)] = value
  }

  /** Forgets what was measured; the numbers go on. */
  clear(): void {
    this.values.fill(NaN)
  }

  /** Of samples `first` to `last`, both included; undefined where one of them is not there (any more). */
  between(first: number, last: number): Extent | undefined {
    if (!(first >= Math.max(0, this.samples - this.values.length) && last < this.samples)) return undefined
    let [low, high, sum] = [Infinity, -Infinity, 0]
    for (let n = first; n <= last; n++) {
      const value = this.values[n & (this.values.length - 1)]!
      if (value < low) low = value
      if (value > high) high = value
      sum += value
    }
    return Number.isFinite(sum) ? { low, high, mean: sum / (last - first + 1) } : undefined
  }

  snapshot(): RecentSamplesSnapshot {
    return { samples: this.samples, values: float32ToBytes(this.values).toString('base64') }
  }

  restore({ samples, values }: RecentSamplesSnapshot): void {
    this.samples = samples
    this.values.set(bytesToFloat32(Buffer.from(values, 'base64')))
  }
}

export interface Extent {
  low: number
  high: number
  mean: number
}

export interface RecentSamplesSnapshot {
  samples: number
  values: string
}
