import { decodeFloat64, encodeFloat64 } from './typedArrays.ts'

/** Beats of which the first estimate is made, by the median of each point. */
const learntFrom = 8
/** Share of a difference that is followed per beat, and the most that is, as a share of the QRS amplitude. */
const followed = 0.05
const followedAtMost = 0.005

/**
 * The shape of a wearer's usual beat, mV: at first the median of eight beats, then following slowly, so that single
 * abnormal beats, and even every third one, leave it where it is.
 */
export class UsualBeat {
  readonly shape: Float64Array
  /** The first beats, one after the other. */
  private readonly first: Float64Array
  private count = 0

  constructor(points: number) {
    this.shape = new Float64Array(points)
    this.first = new Float64Array(points * learntFrom)
  }

  get known(): boolean {
    return this.count === learntFrom
  }

  /** @param window mV; @param gain the wearer's QRS amplitude, mV. */
  push(window: Float32Array, gain: number): void {
    const { shape, first } = this
    if (this.known) {
      const limit = followedAtMost * gain
      for (let i = 0; i < shape.length; i++) {
        const step = followed * (window[i]! - shape[i]!)
        shape[i]! += Math.max(-limit, Math.min(limit, step))
      }
      return
    }
    first.set(window, this.count++ * shape.length)
    if (this.known) this.takeMedian()
  }

  snapshot(): UsualBeatSnapshot {
    return { count: this.count, first: encodeFloat64(this.first), shape: encodeFloat64(this.shape) }
  }

  restore(snapshot: UsualBeatSnapshot): void {
    decodeFloat64(snapshot.first, this.first, 'usualBeat.first')
    decodeFloat64(snapshot.shape, this.shape, 'usualBeat.shape')
    this.count = snapshot.count
  }

  private takeMedian(): void {
    const column = new Float64Array(learntFrom)
    for (let i = 0; i < this.shape.length; i++) {
      for (let k = 0; k < learntFrom; k++) column[k] = this.first[k * this.shape.length + i]!
      column.sort()
      this.shape[i] = (column[learntFrom / 2 - 1]! + column[learntFrom / 2]!) / 2
    }
  }
}

export interface UsualBeatSnapshot {
  count: number
  first: string
  shape: string
}
