import type { Reconstructor } from '../../engine/network.ts'

/** `z-normalised`: shapes are compared, level and spread of the window put to those of the learnt one. */
export type Comparison = 'as measured' | 'z-normalised'

/**
 * Expects the nearest of the windows learnt, by the values that were measured. Compared as shapes, it is brought to the
 * window's level and spread as far as those were ever learnt: a flat line does not fit everything.
 * @param learnt windows one after another.
 */
export function nearestNormal(learnt: Float32Array, inputs: number, compare: Comparison): Reconstructor {
  const count = learnt.length / inputs
  const shape = compare === 'z-normalised'
  const moments = Array.from({ length: shape ? count : 0 }, (_, w) => momentsOf(learnt, w * inputs, inputs))
  const levels = rangeOf(moments.map(({ level }) => level))
  const spreads = rangeOf(moments.map(({ spread }) => spread))
  const model = (passedOver: number): Reconstructor => ({
    length: inputs,
    without: model,
    reconstruct(window, out, missing) {
      const own = shape ? momentsOf(window, 0, inputs, missing) : undefined
      const level = own && clamp(own.level, levels)
      const spread = own && clamp(own.spread, spreads)
      // Where it is compared as measured, the learnt value is taken as it is.
      let [gain, offset] = [1, 0]
      let [nearest, best, bestGain, bestOffset] = [0, Infinity, 1, 0]
      for (let w = 0; w < count; w++) {
        if (w === passedOver) continue
        if (level !== undefined && spread !== undefined) {
          const other = missing === undefined ? moments[w]! : momentsOf(learnt, w * inputs, inputs, missing)
          gain = other.spread > 0 ? spread / other.spread : 0
          offset = level - gain * other.level
        }
        let sum = 0
        for (let i = 0, at = w * inputs; i < inputs && sum < best; i++, at++) {
          if (missing?.[i]) continue
          const error = window[i]! - (gain * learnt[at]! + offset)
          sum += error * error
        }
        if (sum < best) [nearest, best, bestGain, bestOffset] = [w, sum, gain, offset]
      }
      for (let i = 0, at = nearest * inputs; i < inputs; i++, at++) out[i] = bestGain * learnt[at]! + bestOffset
    },
  })
  return model(-1)
}

/** Mean and standard deviation of what was measured. */
function momentsOf(values: Float32Array, from: number, length: number, missing?: Uint8Array) {
  let count = 0
  let level = 0
  for (let i = 0; i < length; i++) {
    if (missing?.[i]) continue
    level += values[from + i]!
    count++
  }
  level /= Math.max(1, count)
  let squares = 0
  for (let i = 0; i < length; i++) if (!missing?.[i]) squares += (values[from + i]! - level) ** 2
  return { level, spread: Math.sqrt(squares / Math.max(1, count)) }
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity])
}

function clamp(value: number, [low, high]: [number, number]): number {
  return Math.min(high, Math.max(low, value))
}
