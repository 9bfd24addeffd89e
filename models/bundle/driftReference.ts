import { z } from 'zod'
import type { InputSegment } from '../inputs/inputSchema.ts'
import type { Score } from '../scorer.ts'
import type { Scaler } from '../training/scaler.ts'
import { pooledQuantiles, quantileShares } from './quantiles.ts'

const quantiles = z.array(z.number())

/** A distribution, each person counting alike. */
export const scoreQuantilesSchema = z.strictObject({
  shares: z.array(z.number().min(0).max(1)).min(2),
  /** By share. */
  score: quantiles,
  persons: z.int().min(1),
  windows: z.int().min(1),
  how: z.string(),
})
export type ScoreQuantiles = z.infer<typeof scoreQuantilesSchema>

/** How windows looked that were learnt from, so that it shows when what comes later looks different. */
export const driftReferenceSchema = scoreQuantilesSchema.extend({
  /** By segment: of a window's mean scaled value there. */
  segments: z.record(z.string(), quantiles),
})
export type DriftReference = z.infer<typeof driftReferenceSchema>

export function scoreQuantiles(scoresByPerson: readonly (readonly number[])[], how: string): ScoreQuantiles {
  const { persons, windows } = counts(scoresByPerson)
  return { shares: quantileShares, score: pooledQuantiles(scoresByPerson, quantileShares), persons, windows, how }
}

/**
 * The reference for drift from normal windows, in the signal's units, of several persons. A segment of which nothing was ever
 * measured is left out.
 */
export function driftReference(
  windowsByPerson: readonly (readonly Float32Array[])[],
  { scaler, segments, score }: DriftMeasure,
  how: string,
): DriftReference {
  const measured = windowsByPerson.map((windows) =>
    windows.map((window) => ({ score: score(window)?.score, levels: segmentLevels(window, scaler, segments) })),
  )
  const quantilesOf = (value: (window: (typeof measured)[number][number]) => number | undefined) =>
    pooledQuantiles(
      measured.map((windows) => windows.flatMap((window) => value(window) ?? [])),
      quantileShares,
    )
  const bySegment = segments.map(({ name }) => [name, quantilesOf(({ levels }) => levels[name])] as const)
  const { persons, windows } = counts(measured)
  return {
    shares: quantileShares,
    score: quantilesOf((window) => window.score),
    segments: Object.fromEntries(bySegment.filter(([, values]) => values.length > 0)),
    persons,
    windows,
    how,
  }
}

export interface DriftMeasure {
  scaler: Scaler
  segments: readonly InputSegment[]
  score: (window: Float32Array) => Pick<Score, 'score'> | undefined
}

/** Mean scaled value of what was measured, by segment: what is held against a drift reference. */
export function segmentLevels(
  window: Float32Array,
  { mean, scale }: Scaler,
  segments: readonly InputSegment[],
): Record<string, number> {
  const levels: Record<string, number> = {}
  for (const { name, from, to } of segments) {
    let sum = 0
    let count = 0
    for (let i = from; i < to; i++) {
      if (!Number.isFinite(window[i]!)) continue
      sum += (window[i]! - mean[i]!) / scale[i]!
      count++
    }
    if (count > 0) levels[name] = sum / count
  }
  return levels
}

function counts(byPerson: readonly (readonly unknown[])[]): { persons: number; windows: number } {
  const there = byPerson.filter((values) => values.length > 0)
  return { persons: there.length, windows: there.reduce((sum, values) => sum + values.length, 0) }
}
