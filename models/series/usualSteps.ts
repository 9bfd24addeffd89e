import { smoothed } from './smoothed.ts'
import { viewWindow, windowsOf, type WindowView } from './window.ts'

/** The same for every series; `evaluation/README.md` says how they were chosen. */
export const usualChoices = {
  /** A beginning is compared with at most so many stretches of itself, each a bit longer than a period. */
  stretches: 48,
  stretchPeriods: 1.5,
  /** With fewer nothing is left out: too little to tell what is usual. */
  leastStretches: 10,
  /** Windows compared, in periods, and what of them. */
  windows: [
    { periods: 0.25, view: 'offset removed' },
    { periods: 0.5, view: 'z-normalised' },
  ],
  /** Robust standard deviations of the periods' highest values: what lies farther above their median is unusual. */
  deviations: 8,
  /** Left out around what is unusual, in periods. */
  marginPeriods: 0.25,
  /** Where more would be left out, nothing is: most of a beginning is usual by definition. */
  mostShare: 0.5,
} as const

/**
 * Which steps of an unlabelled beginning go on as most of it does: 1 for what a detector may learn as normal. A window that is usual
 * has a match in most stretches of the beginning; one that is not has matches in few, however often it comes again. (The distance
 * to the nearest other window fails there: two alike anomalies hide each other.)
 * @param steps as `stepsOf` gives them.
 * @param period steps.
 */
export function usualSteps(steps: Float32Array, period: number): Uint8Array {
  const { stretches, stretchPeriods, leastStretches, windows, deviations, marginPeriods, mostShare } = usualChoices
  const usual = new Uint8Array(steps.length).fill(1)
  const length = Math.round(stretchPeriods * period)
  const count = Math.floor(steps.length / length)
  if (count < leastStretches) return usual
  const starts = Array.from({ length: Math.min(stretches, count) }, (_, k, n = Math.min(stretches, count)) =>
    Math.floor((k * (count - 1)) / (n - 1)),
  ).map((stretch) => stretch * length)
  const oddness = new Float32Array(steps.length)
  for (const { periods, view } of windows) {
    const windowSteps = Math.max(8, Math.round(periods * period))
    addOddness(oddness, steps, { windowSteps, view, starts, length, hop: Math.max(1, Math.floor(period / 16)) })
  }
  const level = smoothed(oddness, Math.max(1, period >> 1))
  const limit = highLimit(highestOfEach(level, period), deviations)
  const margin = Math.round(marginPeriods * period)
  let until = 0
  for (const [step, value] of level.entries()) {
    if (value > limit) {
      usual.fill(0, Math.max(until, step - margin), step + margin)
      until = Math.min(steps.length, step + margin)
    }
  }
  const leftOut = usual.reduce((sum, one) => sum + 1 - one, 0)
  return leftOut > mostShare * steps.length ? usual.fill(1) : usual
}

interface Comparison {
  windowSteps: number
  view: WindowView
  /** Stretches compared with, and how long they are. */
  starts: readonly number[]
  length: number
  /** Every how many steps a window is looked at. */
  hop: number
}

/** Adds to each step how far the window around it lies from its best match in the middle one of the stretches. */
function addOddness(oddness: Float32Array, steps: Float32Array, comparison: Comparison): void {
  const { windowSteps, view, starts, length, hop } = comparison
  const stretches = starts.map((from) =>
    windowsOf(
      steps.subarray(from, from + length + windowSteps),
      Math.min(steps.length - from, length + windowSteps),
      windowSteps,
      view,
      Math.max(1, hop >> 2),
    ),
  )
  const window = new Float32Array(windowSteps)
  const middles = Float32Array.from({ length: Math.floor((steps.length - windowSteps) / hop) + 1 }, (_, i) => {
    const from = i * hop
    viewWindow(steps, from, view, window)
    const nearest: number[] = []
    for (const [k, start] of starts.entries()) {
      const apart = from + windowSteps <= start || from >= start + length + windowSteps
      if (apart) nearest.push(nearestOf(stretches[k]!, window))
    }
    return nearest.sort((a, b) => a - b)[(nearest.length - 1) >> 1]!
  })
  // In units of the usual window, so that both kinds count alike.
  const unit = Math.max(median(middles), 1e-6)
  for (const [i, distance] of middles.entries()) {
    const from = i * hop + (windowSteps >> 1)
    for (let step = from; step < Math.min(from + hop, oddness.length); step++) oddness[step]! += distance / unit
  }
}

/** Euclidean. */
function nearestOf(windows: readonly Float32Array[], window: Float32Array): number {
  let best = Infinity
  for (const other of windows) {
    let distance = 0
    for (let i = 0; i < window.length && distance < best; i++) distance += (other[i]! - window[i]!) ** 2
    if (distance < best) best = distance
  }
  return Math.sqrt(best)
}

function highestOfEach(level: Float32Array, period: number): Float32Array {
  return Float32Array.from({ length: Math.floor(level.length / period) }, (_, k) =>
    Math.max(...level.subarray(k * period, (k + 1) * period)),
  )
}

/** So many times 1.4826 median absolute deviations above the median: as standard deviations, were the values normal. */
function highLimit(values: Float32Array, deviations: number): number {
  const middle = median(values)
  return middle + deviations * 1.4826 * median(values.map((value) => Math.abs(value - middle)))
}

function median(values: Float32Array): number {
  return values.slice().sort()[values.length >> 1]!
}
