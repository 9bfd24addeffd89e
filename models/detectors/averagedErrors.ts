import type { Reconstructor } from '../engine/network.ts'

/** Over what a model's errors are averaged. */
export interface ErrorAverage {
  /** Neighbouring points, the one in the middle included: odd. */
  points: number
  /** Equally long parts of a window, one after another, that are no neighbours: signals. */
  channels: number
}

/**
 * Lets a model's errors be judged as means over neighbouring points. A steep slope that comes a little early leaves errors of
 * both signs, which cancel; a shape that is another does not. The expectation then takes a window's finest detail from the
 * window itself. Missing points are no neighbours.
 */
export function averagingErrors(model: Reconstructor, { points, channels }: ErrorAverage): Reconstructor {
  const { length } = model
  const expected = new Float32Array(length)
  const part = length / channels
  const reach = (points - 1) / 2
  return {
    length,
    reconstruct(window, out, missing) {
      model.reconstruct(window, expected, missing)
      for (let start = 0; start < length; start += part) {
        for (let i = start; i < start + part; i++) {
          if (missing?.[i]) {
            out[i] = expected[i]!
            continue
          }
          const to = Math.min(start + part - 1, i + reach)
          let [sum, count] = [0, 0]
          for (let j = Math.max(start, i - reach); j <= to; j++) {
            if (missing?.[j]) continue
            sum += window[j]! - expected[j]!
            count++
          }
          out[i] = window[i]! - sum / count
        }
      }
    },
  }
}
