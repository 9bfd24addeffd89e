/** Up to here V8 keeps the elements of a typed array beside it, which costs next to nothing (64 bytes). */
const smallCount = 16
/** So much memory at most (values, 16 KiB) a kept record can hold on to beyond its own. */
const maxShared = 4096

/**
 * Gives the values of records their memory. A `Float32Array` of its own takes longer to make than a record takes to
 * decode, so the records of one chunk share theirs: they come and, for the most part, go together.
 */
export class ValueRoom {
  #atMost: number
  #buffer: ArrayBuffer | undefined
  #used = 0

  /** @param atMost values that can still come: a sample takes a byte or more. */
  constructor(atMost: number) {
    this.#atMost = atMost
  }

  /** Memory for `count` values, zero-filled. */
  take(count: number): Float32Array<ArrayBuffer> {
    if (count <= smallCount) return new Float32Array(count)
    const length = 4 * count
    if (this.#buffer === undefined || this.#used + length > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(4 * Math.max(count, Math.min(this.#atMost, maxShared)))
      this.#used = 0
    }
    const values = new Float32Array(this.#buffer, this.#used, count)
    this.#used += length
    this.#atMost -= count
    return values
  }
}
