/** Around a beat, at 125 Hz: 160 ms to each side. */
const reach = 20
const points = 2 * reach + 1
const remembered = 4
/** So many of the latest must be like it … */
const leastAlike = 3
/** … in shape and within this ratio in size. */
const leastCorrelation = 0.9
const mostRatio = 1.5

/**
 * Whether a wave came before: what a heart does again and again has the same shape, be it ever so fast or wide, and what an
 * electrode does has not. When it came is not asked.
 */
export class RepeatedShape {
  private latest: Float32Array[] = []

  /** Compares the wave at `peak` with the latest ones, then remembers it. */
  push(signal: Float64Array, peak: number): boolean {
    const shape = new Float32Array(points)
    let mean = 0
    for (let k = 0; k < points; k++) mean += signal[peak - reach + k]! / points
    for (let k = 0; k < points; k++) shape[k] = signal[peak - reach + k]! - mean
    const alike = this.latest.filter((other) => isAlike(shape, other)).length
    if (this.latest.length === remembered) this.latest.shift()
    this.latest.push(shape)
    return alike >= leastAlike
  }

  snapshot(): RepeatedShapeSnapshot {
    return this.latest.map((shape) => [...shape])
  }

  restore(snapshot: RepeatedShapeSnapshot): void {
    this.latest = snapshot.map((shape) => Float32Array.from(shape))
  }
}

/** mV, without their mean; the oldest first. */
export type RepeatedShapeSnapshot = number[][]

function isAlike(a: Float32Array, b: Float32Array): boolean {
  let [ab, aa, bb] = [0, 0, 0]
  for (let k = 0; k < points; k++) {
    ab += a[k]! * b[k]!
    aa += a[k]! * a[k]!
    bb += b[k]! * b[k]!
  }
  const ratio = mostRatio * mostRatio
  return ab > 0 && ab * ab >= leastCorrelation * leastCorrelation * aa * bb && aa <= ratio * bb && bb <= ratio * aa
}
