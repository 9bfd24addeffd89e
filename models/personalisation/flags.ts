import { alarmSpans, type AlarmLogic } from '../calibration/alarmLogic.ts'
import type { Scorer } from '../scorer.ts'
import type { WearerWindow } from './majority.ts'

/** A window of the wearer as it comes from a stream. */
export interface StreamedWindow {
  /** Stream time, integer µs; ascending. */
  at: number
  input: Float32Array
  lowQuality: boolean
}

/**
 * Marks the windows that must not be learnt from: those of low quality, and those of any alarm that the population model's scores
 * raise, from the window that it goes back to.
 */
export function markUnfit(
  windows: readonly StreamedWindow[],
  population: Scorer,
  threshold: number,
  logic: AlarmLogic,
): WearerWindow[] {
  const scored = windows.flatMap(({ at, input, lowQuality }, index) => {
    const score = lowQuality ? undefined : population.score(input)?.score
    return score === undefined ? [] : [{ index, at, score }]
  })
  const at = Float64Array.from(scored, (window) => window.at)
  const score = Float64Array.from(scored, (window) => window.score)
  const alarmed = new Set<number>()
  for (const { from, to } of alarmSpans({ at, score }, logic, threshold)) {
    for (let n = from; n < to; n++) alarmed.add(scored[n]!.index)
  }
  return windows.map(({ input, lowQuality }, index) => ({
    input,
    ...(lowQuality ? { unfit: 'low quality' as const } : alarmed.has(index) && { unfit: 'alarm' as const }),
  }))
}
