/** A point of a curve: x, y. */
export type Point = readonly [number, number]

/** Points of a curve at most: more cannot be seen. */
const mostPoints = 300

interface Counted {
  /** Judged anomalous with the threshold there, of the anomalous and of the normal. */
  hits: number
  falseHits: number
}

/** Counts for every threshold, from one that nothing exceeds to one that everything does; equal scores fall together. */
function countsOf(anomalous: ArrayLike<number>, normal: ArrayLike<number>): Counted[] {
  if (anomalous.length === 0 || normal.length === 0)
    throw new RangeError(
      `expected scores of both kinds, received ${anomalous.length} anomalous, ${normal.length} normal`,
    )
  const all = [
    ...Array.from(anomalous, (score) => ({ score, hit: true })),
    ...Array.from(normal, (score) => ({ score, hit: false })),
  ].sort((a, b) => b.score - a.score)
  const counts: Counted[] = [{ hits: 0, falseHits: 0 }]
  let [hits, falseHits] = [0, 0]
  for (const [i, { score, hit }] of all.entries()) {
    if (hit) hits++
    else falseHits++
    if (all[i + 1]?.score !== score) counts.push({ hits, falseHits })
  }
  return counts
}

/** Receiver operating characteristic: share of the normal above the threshold → share of the anomalous above it. */
export function rocCurve(anomalous: ArrayLike<number>, normal: ArrayLike<number>): Point[] {
  return thinned(
    countsOf(anomalous, normal).map(({ hits, falseHits }) => [falseHits / normal.length, hits / anomalous.length]),
  )
}

/** Recall → precision; without the threshold that nothing exceeds, where there is no precision. */
export function precisionRecallCurve(anomalous: ArrayLike<number>, normal: ArrayLike<number>): Point[] {
  const counts = countsOf(anomalous, normal).slice(1)
  return thinned(counts.map(({ hits, falseHits }) => [hits / anomalous.length, hits / (hits + falseHits)]))
}

/** Every n-th point, with the first and the last. */
function thinned(points: readonly Point[]): Point[] {
  const count = Math.min(mostPoints, points.length)
  return Array.from(
    { length: count },
    (_, k) => points[Math.round((k * (points.length - 1)) / Math.max(1, count - 1))]!,
  )
}

/** A long line as the least and the highest value of each of so many stretches, in the order in which they come. */
export function outline(values: ArrayLike<number>, stretches = 400): Point[] {
  const size = Math.max(1, values.length / stretches)
  if (size <= 2) return Array.from(values, (value, i): Point => [i, value])
  const points: Point[] = []
  for (let from = 0; Math.round(from) < values.length; from += size) {
    let [low, high] = [Math.round(from), Math.round(from)]
    for (let i = low; i < Math.min(values.length, Math.round(from + size)); i++) {
      if (values[i]! < values[low]!) low = i
      if (values[i]! > values[high]!) high = i
    }
    for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) points.push([i, values[i]!])
  }
  return points
}
