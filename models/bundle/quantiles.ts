/** Where a distribution is described: in steps of a twentieth, and closer in the upper tail, where thresholds lie. */
export const quantileShares = [...Array.from({ length: 20 }, (_, i) => i / 20), 0.975, 0.99, 0.995, 0.999, 1]

/**
 * Quantiles of several persons' values together, each person counting alike however many values there are: the least value
 * that at least such a share does not exceed. Empty where there is no value.
 */
export function pooledQuantiles(byPerson: readonly (readonly number[])[], shares: readonly number[]): number[] {
  const persons = byPerson.filter((values) => values.length > 0)
  const weighted = persons.flatMap((values) =>
    values.map((value) => ({ value, weight: 1 / (persons.length * values.length) })),
  )
  weighted.sort((a, b) => a.value - b.value)
  const last = weighted.at(-1)
  if (last === undefined) return []
  let at = 0
  let sum = weighted[0]!.weight
  return shares.map((share) => {
    // What the sums have lost in rounding decides nothing.
    while (sum < share - 1e-9 && at < weighted.length - 1) sum += weighted[++at]!.weight
    return share === 1 ? last.value : weighted[at]!.value
  })
}
