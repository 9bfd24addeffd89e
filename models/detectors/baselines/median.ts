/** Of an even number the mean of the middle two; undefined of none. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  if (upper === undefined || sorted.length % 2 === 1) return upper
  return (sorted[(sorted.length >> 1) - 1]! + upper) / 2
}
