/** Area under the ROC curve: chance that a score of `anomalous` is above one of `normal`, ties half. NaN if one is empty. */
export function auroc(anomalous: readonly number[], normal: readonly number[]): number {
  const all = [...anomalous.map((score) => ({ score, hit: 1 })), ...normal.map((score) => ({ score, hit: 0 }))]
  all.sort((a, b) => a.score - b.score)
  let ranks = 0
  for (let i = 0, j = 0; i < all.length; i = j) {
    while (j < all.length && all[j]!.score === all[i]!.score) j++
    for (let k = i; k < j; k++) ranks += all[k]!.hit * ((i + j + 1) / 2)
  }
  const n = anomalous.length
  return (ranks - (n * (n + 1)) / 2) / (n * normal.length)
}

/** Lowest value that at least the share `q` of the values does not exceed. NaN if empty. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Share of the values that fulfil the condition. NaN if empty. */
export function share<T>(values: readonly T[], condition: (value: T) => boolean): number {
  return values.filter(condition).length / values.length
}
