import { cosine, sine } from '../../models/inputs/trigonometry.ts'

/** Discrete Fourier transform of a fixed length (a power of two), in place; radix 2, with its twiddles made once. */
export class Fourier {
  readonly length: number
  private readonly cos: Float64Array
  private readonly sin: Float64Array
  private readonly reversed: Uint32Array

  /** @throws RangeError where the length is not a power of two. */
  constructor(length: number) {
    const bits = Math.log2(length)
    if (!Number.isInteger(bits)) throw new RangeError(`transform length: expected a power of two, received ${length}`)
    this.length = length
    this.cos = Float64Array.from({ length: length / 2 }, (_, k) => cosine((2 * Math.PI * k) / length))
    this.sin = Float64Array.from({ length: length / 2 }, (_, k) => -sine((2 * Math.PI * k) / length))
    this.reversed = new Uint32Array(length)
    for (let i = 0; i < length; i++) {
      for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) this.reversed[i]! |= 1 << (bits - 1 - bit)
    }
  }

  transform(re: Float64Array, im: Float64Array): void {
    const { length, cos, sin, reversed } = this
    for (let i = 0; i < length; i++) {
      const j = reversed[i]!
      if (j <= i) continue
      const a = re[i]!
      const b = im[i]!
      re[i] = re[j]!
      im[i] = im[j]!
      re[j] = a
      im[j] = b
    }
    for (let half = 1; half < length; half *= 2) {
      const stride = length / (2 * half)
      for (let from = 0; from < length; from += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = cos[k * stride]!
          const s = sin[k * stride]!
          const low = from + k
          const high = low + half
          const x = re[high]! * c - im[high]! * s
          const y = re[high]! * s + im[high]! * c
          re[high] = re[low]! - x
          im[high] = im[low]! - y
          re[low]! += x
          im[low]! += y
        }
      }
    }
  }

  /**
   * Amplitude spectra of two real signals by one transform. `first` and `second` are as long as the transform and are
   * overwritten; the amplitudes go into `a` and `b` from bin 0 on, as many as these hold (at most half the length).
   */
  amplitudes(first: Float64Array, second: Float64Array, a: Float64Array, b: Float64Array): void {
    const { length } = this
    this.transform(first, second)
    for (let k = 0; k < a.length; k++) {
      const mirror = (length - k) % length
      const even = first[k]! + first[mirror]!
      const odd = second[k]! - second[mirror]!
      const evenSecond = second[k]! + second[mirror]!
      const oddSecond = first[k]! - first[mirror]!
      a[k] = Math.sqrt(even * even + odd * odd) / 2
      b[k] = Math.sqrt(evenSecond * evenSecond + oddSecond * oddSecond) / 2
    }
  }
}
