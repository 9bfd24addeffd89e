/**
 * Distance of each window from the nearest among those of the beginning, z-normalised, as a matrix profile has it (AB-join by
 * STOMP: Zhu et al., ICDM 2016): √(2·length·(1 − correlation)). Windows of the beginning are judged by those that overlap them
 * by half at most. Exact; for each step as many products as the beginning has windows.
 * @param end steps of the beginning.
 * @returns by the window's first step.
 * @throws RangeError where the beginning is shorter than a window.
 */
export function nearestProfile(steps: Float32Array, end: number, length: number): Float32Array {
  const learnt = end - length + 1
  const count = steps.length - length + 1
  if (learnt < 1) throw new RangeError(`end: expected at least ${length} steps, received ${end}`)
  const { means, inverse } = moments(steps, length)
  const products = new Float64Array(learnt)
  const out = new Float32Array(count)
  const apart = Math.max(1, Math.floor(length / 2))
  for (let at = 0; at < count; at++) {
    if (at === 0) for (let w = 0; w < learnt; w++) products[w] = dot(steps, 0, w, length)
    else {
      const [left, right] = [steps[at - 1]!, steps[at + length - 1]!]
      for (let w = learnt - 1; w > 0; w--) {
        products[w] = products[w - 1]! - steps[w - 1]! * left + steps[w + length - 1]! * right
      }
      products[0] = dot(steps, at, 0, length)
    }
    const [mean, scale] = [means[at]! * length, inverse[at]!]
    let best = -Infinity
    const [except, until] = at < learnt ? [Math.max(0, at - apart + 1), at + apart] : [learnt, learnt]
    for (let w = 0; w < Math.min(except, learnt); w++) {
      const correlation = (products[w]! - mean * means[w]!) * inverse[w]!
      if (correlation > best) best = correlation
    }
    for (let w = until; w < learnt; w++) {
      const correlation = (products[w]! - mean * means[w]!) * inverse[w]!
      if (correlation > best) best = correlation
    }
    // A flat window is like nothing, but for another flat one, which cannot be told from it.
    out[at] = Math.sqrt(Math.max(0, 2 * length * (1 - best * scale * length)))
  }
  return out
}

/** Means, and 1 / (length · standard deviation); 0 where a window is flat. */
function moments(steps: Float32Array, length: number) {
  const count = steps.length - length + 1
  const means = new Float64Array(count)
  const inverse = new Float64Array(count)
  let [sum, squares] = [0, 0]
  for (let i = 0; i < steps.length; i++) {
    sum += steps[i]!
    squares += steps[i]! ** 2
    if (i >= length) {
      sum -= steps[i - length]!
      squares -= steps[i - length]! ** 2
    }
    const at = i - length + 1
    if (at < 0) continue
    means[at] = sum / length
    const variance = squares / length - means[at] ** 2
    inverse[at] = variance > 1e-9 ? 1 / (length * Math.sqrt(variance)) : 0
  }
  return { means, inverse }
}

function dot(steps: Float32Array, a: number, b: number, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += steps[a + i]! * steps[b + i]!
  return sum
}
