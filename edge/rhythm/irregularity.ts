/** As published; `holdSeconds` is the gateway's own. */
export const irregularitySettings = {
  /** Intervals compared with each other. */
  intervals: 8,
  /** Seconds by which two intervals differ. */
  differSeconds: 0.03,
  /** Share of each new value that the running means follow. */
  followed: 0.02,
  /** Below it ectopic beats in a pattern (bigeminy) may be all there is. */
  patternBelow: 2e-4,
  irregularAbove: 0.725,
} as const

/** Plain JSON. */
export interface IrregularityState {
  /** Latest intervals, oldest first, s. */
  raw: number[]
  /** The same through a median of three, which takes single ectopic beats out. */
  filtered: number[]
  meanRrSeconds: number
  meanDiffering: number
  meanPattern: number
  seen: number
}

const nothingSeen = (): IrregularityState => ({
  raw: [],
  filtered: [],
  meanRrSeconds: 0,
  meanDiffering: 0,
  meanPattern: 0,
  seen: 0,
})

/**
 * How irregularly irregular the intervals of the last half minute are, after Petrėnas, Marozas & Sörnmo, "Low-complexity
 * detection of atrial fibrillation in continuous long-term monitoring", Computers in Biology and Medicine 65:184-191, 2015;
 * here with causal running means. Arithmetic only, so that every engine gives the same.
 */
export class Irregularity {
  private state = nothingSeen()

  /**
   * @param rrSeconds time between two good beats
   * @returns the index, held against `irregularAbove`; undefined until half a minute of beats is known
   */
  push(rrSeconds: number): number | undefined {
    const { intervals, followed, patternBelow } = irregularitySettings
    const { state } = this
    state.raw.push(rrSeconds)
    if (state.raw.length < 3) return undefined
    state.filtered.push(medianOfThree(...(state.raw.slice(-3) as [number, number, number])))
    if (state.raw.length > intervals + 1) state.raw.shift()
    if (state.filtered.length > intervals) state.filtered.shift()
    if (state.filtered.length < intervals) return undefined
    const raw = state.raw.slice(-intervals - 1, -1)
    const ratio = sum(state.filtered) / sum(raw) - 1
    state.seen = Math.min(1 / followed, state.seen + 1)
    // The mean of what was seen until there is enough for the running one.
    const share = 1 / state.seen
    state.meanRrSeconds += share * (rrSeconds - state.meanRrSeconds)
    state.meanDiffering += share * (differing(state.filtered) - state.meanDiffering)
    state.meanPattern += share * (ratio * ratio - state.meanPattern)
    if (state.seen < 1 / followed) return undefined
    return state.meanPattern < patternBelow ? state.meanPattern : state.meanDiffering / state.meanRrSeconds
  }

  /** Beats were not seen for a while: what follows is another time. */
  clear(): void {
    this.state = nothingSeen()
  }

  snapshot(): IrregularityState {
    return structuredClone(this.state)
  }

  static restore(saved: IrregularityState): Irregularity {
    const irregularity = new Irregularity()
    irregularity.state = structuredClone(saved)
    return irregularity
  }
}

function differing(intervals: readonly number[]): number {
  const n = intervals.length
  let count = 0
  for (let j = 0; j < n; j++)
    for (let k = j + 1; k < n; k++)
      if (Math.abs(intervals[j]! - intervals[k]!) > irregularitySettings.differSeconds) count++
  return (2 * count) / (n * (n - 1))
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
