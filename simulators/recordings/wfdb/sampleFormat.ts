/** How a signal file packs samples into bytes (`signal(5)` of the WFDB Applications Guide). */
export interface SampleFormat {
  code: number
  /** The smallest number of samples that begins and ends on a byte boundary, and its size. */
  groupSamples: number
  groupBytes: number
  /** The stored value that means "no value". */
  invalid: number
  /**
   * Unpacks `count` samples from the start of `bytes` (which begins at a group) into `out`; `bytes` holds at least
   * `bytesFor(format, count)`.
   */
  unpack(bytes: Uint8Array, count: number, out: Int32Array): void
}

/** Bytes that hold the first `count` samples; the last group may be cut off. */
export function bytesFor(format: SampleFormat, count: number): number {
  return Math.ceil((count * format.groupBytes) / format.groupSamples)
}

/** Whole samples in so many bytes. */
export function samplesIn(format: SampleFormat, bytes: number): number {
  return Math.floor((bytes * format.groupSamples) / format.groupBytes)
}
