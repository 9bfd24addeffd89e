import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'

/** Remembered at most: beats of a window at 240 a minute, and some. */
const capacity = 160
/** Remembered for so long, µs: a window, and what it waits for. */
const rememberedMicros = 45_000_000
/** A longer time without a beat is no breath: nothing is read across it, µs. */
const longestMicros = 4_000_000

/** One property of each beat or pulse wave (height, level, interval), read as if evenly sampled. */
export class BreathSeries {
  private ticks: number[] = []
  private values: number[] = []

  /** @param tick stream time, µs; one that is not later than the one before begins anew. */
  push(tick: number, value: number): void {
    if (!Number.isFinite(value)) return
    const { ticks, values } = this
    if (tick <= (ticks.at(-1) ?? -Infinity)) ticks.length = values.length = 0
    ticks.push(tick)
    values.push(value)
    while (ticks.length > capacity || ticks[0]! < tick - rememberedMicros) {
      ticks.shift()
      values.shift()
    }
  }

  /**
   * Fills `out` with the values at moments `everyMicros` apart, the last at `until`, by straight lines between the points up to
   * `until`; says whether there were points throughout.
   */
  read(until: number, everyMicros: number, out: Float64Array): boolean {
    const { ticks, values } = this
    const last = ticks.findLastIndex((tick) => tick <= until)
    if (last < 0 || until - ticks[last]! > longestMicros) return false
    const first = until - (out.length - 1) * everyMicros
    if (ticks[0]! - first > longestMicros) return false
    let right = last
    for (let i = out.length - 1; i >= 0; i--) {
      const at = first + i * everyMicros
      // Points `right - 1` and `right` lie around the moment; beyond the ends the value stays.
      while (right > 0 && ticks[right - 1]! >= at) right--
      const left = Math.max(0, right - 1)
      const span = ticks[right]! - ticks[left]!
      if (span > longestMicros) return false
      const share = span > 0 ? Math.max(0, Math.min(1, (at - ticks[left]!) / span)) : 0
      out[i] = values[left]! + share * (values[right]! - values[left]!)
    }
    return true
  }

  snapshot(): BreathSeriesSnapshot {
    const encode = (numbers: readonly number[]) => encodeFloat64(Float64Array.from(numbers))
    return { count: this.ticks.length, ticks: encode(this.ticks), values: encode(this.values) }
  }

  restore({ count, ticks, values }: BreathSeriesSnapshot): void {
    const decode = (text: string, name: string) => {
      const numbers = new Float64Array(count)
      decodeFloat64(text, numbers, `breathSeries.${name}`)
      return [...numbers]
    }
    this.ticks = decode(ticks, 'ticks')
    this.values = decode(values, 'values')
  }
}

export interface BreathSeriesSnapshot {
  count: number
  ticks: string
  values: string
}
