import { decodeFloat64, encodeFloat64 } from './typedArrays.ts'

/** Median of the last `size` values pushed. */
export class RunningMedian {
  private readonly ring: Float64Array
  private readonly sorted: Float64Array
  private pushed = 0
  private current = NaN

  constructor(size: number) {
    this.ring = new Float64Array(size)
    this.sorted = new Float64Array(size)
  }

  get count(): number {
    return Math.min(this.pushed, this.ring.length)
  }

  /** NaN before the first value. */
  get value(): number {
    return this.current
  }

  push(value: number): void {
    const { ring, sorted } = this
    const at = this.pushed % ring.length
    const before = this.count
    const leaving = ring[at]!
    ring[at] = value
    this.pushed++
    // What has no single place among the others is sorted anew: not a number, and both zeros.
    const isPlain = value < 0 || value > 0
    if (!isPlain || Number.isNaN(sorted[before - 1])) return this.refresh()
    let place = before
    if (this.pushed > ring.length) {
      if (!(leaving < 0 || leaving > 0)) return this.refresh()
      place = 0
      while (sorted[place] !== leaving) place++
    }
    for (; place > 0 && sorted[place - 1]! > value; place--) sorted[place] = sorted[place - 1]!
    for (; place < this.count - 1 && sorted[place + 1]! < value; place++) sorted[place] = sorted[place + 1]!
    sorted[place] = value
    this.settle()
  }

  clear(): void {
    this.pushed = 0
    this.refresh()
  }

  snapshot(): RunningMedianSnapshot {
    return { pushed: this.pushed, ring: encodeFloat64(this.ring) }
  }

  restore(snapshot: RunningMedianSnapshot): void {
    decodeFloat64(snapshot.ring, this.ring, 'runningMedian.ring')
    this.pushed = snapshot.pushed
    this.refresh()
  }

  private refresh(): void {
    const { count } = this
    const sorted = this.sorted.subarray(0, count)
    sorted.set(this.ring.subarray(0, count))
    sorted.sort()
    this.settle()
  }

  private settle(): void {
    const { count, sorted } = this
    const middle = count >> 1
    this.current = count === 0 ? NaN : count & 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  }
}

export interface RunningMedianSnapshot {
  pushed: number
  ring: string
}
