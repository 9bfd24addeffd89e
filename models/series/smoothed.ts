/** Mean over so many values around each; at the ends over those that there are. */
export function smoothed(values: Float32Array, length: number): Float32Array {
  const sums = new Float64Array(values.length + 1)
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!
  const before = Math.floor(length / 2)
  return Float32Array.from(values, (_, i) => {
    const from = Math.max(0, i - before)
    const to = Math.min(values.length, i - before + Math.max(1, length))
    return (sums[to]! - sums[from]!) / (to - from)
  })
}
