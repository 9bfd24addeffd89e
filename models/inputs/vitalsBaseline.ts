import { activities, type Activity } from './vitalsActivity.ts'
import { vitalsInput, vitalSignals } from './vitalsInput.ts'
import { checkVersion } from './vitalsSnapshot.ts'

const stepsPerDay = 86_400 / vitalsInput.stepSeconds
/** Width of a bin of the first day's histograms, by signal, in its unit; bins lie around whole multiples, as sensors round. */
const binWidths = [1, 0.5, 0.5, 0.1]
/**
 * Least spread by activity and signal: sensors round, and a wearer's quiet first day must not make them strange afterwards.
 * Effort has many degrees, so that in movement a single day says little.
 */
const leastSpreads: Record<Activity, readonly number[]> = {
  still: [3, 1, 1, 0.3],
  recovering: [15, 5, 1, 0.3],
  moving: [15, 5, 1, 0.4],
  vigorous: [15, 5, 1, 0.4],
  unknown: [6, 2, 1, 0.3],
}
/** Of one activity, in the first day (10 min), or in all if it comes later (1 h), before anything is held against it. */
const leastSteps = 60
const leastStepsLater = 360
/** The most that the centre follows in a day of wear, and the most that it may ever be off the anchor, in spreads. */
export const followSpreadsPerDay = 0.5
export const mostSpreadsFromAnchor = 2
const followPerStep = followSpreadsPerDay / stepsPerDay
const deviation = 1.4826
const snapshotVersion = 1

/** What is usual for the wearer in one signal at one activity; fixed when the first day is over, but for `centre`. */
interface Anchor {
  median: number
  spread: number
  centre: number
}

/**
 * A wearer's own normal: median and spread of each signal at each activity over the first 24 h of wear. From then on the
 * spread stays, and the centre moves by a fixed small step towards each new value (a running median): by at most half a
 * spread in a day of wear and two spreads ever. So habits are followed, and hours of illness are not: six of them move it
 * by an eighth of a spread.
 */
export class VitalsBaseline {
  private worn = 0
  /** By activity and signal: counts by bin, until the anchor is known. */
  private learning: (Map<number, number> | null)[] = activities.flatMap(() => vitalSignals.map(() => new Map()))
  private anchors: (Anchor | null)[] = this.learning.map(() => null)

  /** Seconds in which anything was measured. */
  get wornSeconds(): number {
    return this.worn * vitalsInput.stepSeconds
  }

  /** A day has been worn. */
  get known(): boolean {
    return this.worn >= stepsPerDay
  }

  /** Distance of a value from the wearer's own at that activity, in spreads; NaN where that is not known, or the value. */
  deviation(activity: Activity, signal: number, value: number): number {
    const anchor = this.anchors[place(activity, signal)]
    return anchor ? (value - anchor.centre) / anchor.spread : NaN
  }

  /** Learns from one step: the medians of `vitalSignals`, NaN where missing. */
  learn(activity: Activity, medians: readonly number[]): void {
    if (medians.every(Number.isNaN)) return
    const complete = this.known
    this.worn++
    for (const [signal, value] of medians.entries()) {
      if (Number.isNaN(value)) continue
      const at = place(activity, signal)
      const anchor = this.anchors[at]
      if (anchor) {
        follow(anchor, value)
        continue
      }
      const counts = this.learning[at]!
      const bin = Math.round(value / binWidths[signal]!)
      counts.set(bin, (counts.get(bin) ?? 0) + 1)
      if (complete) this.anchorAt(at, leastStepsLater)
    }
    if (!complete && this.known) for (const at of this.anchors.keys()) this.anchorAt(at, leastSteps)
  }

  snapshot(): VitalsBaselineSnapshot {
    return {
      version: snapshotVersion,
      worn: this.worn,
      learning: this.learning.map((counts) => (counts === null ? null : [...counts].flat())),
      anchors: structuredClone(this.anchors),
    }
  }

  /** @throws Error for a snapshot of another version. */
  static restore({ version, worn, learning, anchors }: VitalsBaselineSnapshot): VitalsBaseline {
    checkVersion('vitals baseline', snapshotVersion, version)
    const baseline = new VitalsBaseline()
    baseline.worn = worn
    baseline.learning = learning.map((flat) => (flat === null ? null : pairs(flat)))
    baseline.anchors = structuredClone(anchors)
    return baseline
  }

  private anchorAt(at: number, least: number): void {
    const counts = this.learning[at]!
    let total = 0
    for (const count of counts.values()) total += count
    if (total < least) return
    const signal = at % vitalSignals.length
    const width = binWidths[signal]!
    const bins = [...counts]
      .sort(([a], [b]) => a - b)
      .map(([bin, count]) => ({ from: (bin - 0.5) * width, width, count }))
    const median = medianOf(bins)
    const spread = Math.max(
      leastSpreads[activities[Math.floor(at / vitalSignals.length)]!][signal]!,
      spreadOf(bins, median),
    )
    this.anchors[at] = { median, spread, centre: median }
    this.learning[at] = null
  }
}

export interface VitalsBaselineSnapshot {
  version: number
  worn: number
  /** Bin, count, bin, count, … */
  learning: (number[] | null)[]
  anchors: (Anchor | null)[]
}

interface Bin {
  from: number
  width: number
  count: number
}

function place(activity: Activity, signal: number): number {
  return activities.indexOf(activity) * vitalSignals.length + signal
}

function follow(anchor: Anchor, value: number): void {
  const { median, spread } = anchor
  const moved = anchor.centre + Math.sign(value - anchor.centre) * followPerStep * spread
  const most = mostSpreadsFromAnchor * spread
  anchor.centre = Math.max(median - most, Math.min(median + most, moved))
}

/** Of sorted bins, each with its values spread evenly. */
function medianOf(bins: readonly Bin[]): number {
  const half = bins.reduce((sum, { count }) => sum + count, 0) / 2
  let below = 0
  for (const { from, width, count } of bins) {
    if (below + count >= half) return from + (width * (half - below)) / count
    below += count
  }
  return NaN
}

/** 1.4826 times the median absolute deviation. */
function spreadOf(bins: readonly Bin[], median: number): number {
  const distances = bins.flatMap(({ from, width, count }) => {
    const [a, b] = [from - median, from + width - median]
    if (a >= 0) return [{ from: a, width, count }]
    if (b <= 0) return [{ from: -b, width, count }]
    return [
      { from: 0, width: b, count: (count * b) / width },
      { from: 0, width: -a, count: (count * -a) / width },
    ].filter((bin) => bin.count > 0)
  })
  distances.sort((one, other) => one.from - other.from)
  return deviation * medianOf(distances)
}

function pairs(flat: readonly number[]): Map<number, number> {
  return new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]))
}
