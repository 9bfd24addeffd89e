/** Deals persons to folds in turn, so that each is held out once and nobody is in a model that judges them. */
export function foldsByPerson(persons: readonly string[], count: number): string[][] {
  const distinct = [...new Set(persons)]
  const folds = Array.from({ length: Math.min(count, distinct.length) }, (): string[] => [])
  distinct.forEach((person, i) => folds[i % folds.length]!.push(person))
  return folds
}

/** At most `count` of the items, evenly spread over them. */
export function thin<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!)
}
