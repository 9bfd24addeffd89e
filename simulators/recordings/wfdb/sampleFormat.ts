/** How a signal file packs samples into bytes (`signal(5)` of the WFDB Applications Guide). */
export interface SampleFormat {
  code: number
  /** The smallest number of samples that begins and ends on a byte boundary, and its size. */
  groupSamples: number
  groupBytes: number
  /** Bytes that hold the first 1, 2, … samples of a group that is cut off. */
  partialBytes: readonly number[]
  /** The stored value that means "no value"; absent where the format has none. */
  invalid?: number
  /** Stored are differences from the sample before, of the first from the initial value in the header. */
  differences?: true
  /**
   * Unpacks `count` samples from the start of `bytes` (which begins at a group) into `out`; `bytes` holds at least
   * `bytesFor(format, count)`.
   */
  unpack(bytes: Uint8Array, count: number, out: Int32Array): void
}

/** Bytes that hold the first `count` samples; the last group may be cut off. */
export function bytesFor({ groupSamples, groupBytes, partialBytes }: SampleFormat, count: number): number {
  const rest = count % groupSamples
  return ((count - rest) / groupSamples) * groupBytes + (rest === 0 ? 0 : (partialBytes[rest - 1] ?? groupBytes))
}

/** Whole samples in so many bytes. */
export function samplesIn({ groupSamples, groupBytes, partialBytes }: SampleFormat, bytes: number): number {
  const rest = bytes % groupBytes
  return ((bytes - rest) / groupBytes) * groupSamples + partialBytes.filter((needed) => needed <= rest).length
}
