import type { FittedSeries, TermName } from './seriesDetector.ts'
import type { SeriesPlan } from './seriesPlan.ts'
import { SeriesStream } from './seriesStream.ts'

/**
 * Scores of all steps of a series as the stream gives them, by term; steps before the first score and after the last have that
 * of their neighbour.
 */
export function scoreSeries(fitted: FittedSeries, values: Float64Array): Map<TermName, Float32Array> {
  const stream = new SeriesStream(fitted)
  const count = Math.floor(values.length / fitted.plan.pointsAStep)
  const byTerm = new Map(fitted.terms.map(({ name }) => [name, new Float32Array(count)]))
  let [first, last] = [-1, -1]
  for (const value of values) {
    const scored = stream.push(value)
    if (scored === undefined) continue
    for (const [name, scores] of byTerm) scores[scored.step] = scored.terms[name]!
    if (first < 0) first = scored.step
    last = scored.step
  }
  if (first < 0) throw new RangeError(`values: expected more than a period, received ${values.length}`)
  for (const scores of byTerm.values()) {
    scores.fill(scores[first]!, 0, first)
    scores.fill(scores[last]!, last + 1)
  }
  return byTerm
}

/** The detector's score: the sum of its terms. */
export function sumOfTerms(byTerm: ReadonlyMap<TermName, Float32Array>, names: Iterable<TermName>): Float32Array {
  const parts = Array.from(names, (name) => byTerm.get(name)!)
  return parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0))
}

/** Scores of steps as scores of points; what is left of the last step has that before it. */
export function pointScores(steps: Float32Array, { pointsAStep }: SeriesPlan, points: number): Float32Array {
  return Float32Array.from(
    { length: points },
    (_, i) => steps[Math.min(steps.length - 1, Math.floor(i / pointsAStep))]!,
  )
}
