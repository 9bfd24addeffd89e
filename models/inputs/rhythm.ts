import { RunningMedian, type RunningMedianSnapshot } from './runningMedian.ts'

const remembered = 32
/** What a late beat counts: the pause after a premature beat is its consequence, and pauses have a rule of their own. */
const lateShare = 0.3

/** The wearer's rhythm of the last half minute, against which the next beat is held. */
export class Rhythm {
  private readonly medianRr = new RunningMedian(remembered)
  private readonly medianChange = new RunningMedian(remembered)
  private previousRr: number | null = null

  /** Intervals known so far, at most 32. */
  get count(): number {
    return this.medianRr.count
  }

  /**
   * Writes four features at `offset`, each within -1 to 1: this interval against the median one (late beats compressed), the
   * previous interval against the median one, this against the previous one, and how much intervals usually change. A
   * premature beat may have a normal shape: only the first shows it, the others tell in what rhythm it stands. What is
   * unknown (after a gap) is 0, as on an ordinary beat.
   * @param rrSeconds time since the previous beat; undefined after a gap.
   */
  describe(rrSeconds: number | undefined, out: Float32Array, offset: number): void {
    const median = this.medianRr.value
    const previous = this.previousRr
    const timing = rrSeconds === undefined ? 0 : compare(rrSeconds, median)
    out[offset] = timing > 0 ? lateShare * timing : timing
    out[offset + 1] = previous === null ? 0 : compare(previous, median)
    out[offset + 2] = rrSeconds === undefined || previous === null ? 0 : compare(rrSeconds, previous)
    out[offset + 3] = this.medianChange.count === 0 ? 0 : bound(this.medianChange.value)
  }

  push(rrSeconds: number | undefined): void {
    if (rrSeconds !== undefined) {
      if (this.previousRr !== null) this.medianChange.push(Math.abs(difference(rrSeconds, this.previousRr)))
      this.medianRr.push(rrSeconds)
    }
    this.previousRr = rrSeconds ?? null
  }

  snapshot(): RhythmSnapshot {
    const { medianRr, medianChange, previousRr } = this
    return { medianRr: medianRr.snapshot(), medianChange: medianChange.snapshot(), previousRr }
  }

  restore(snapshot: RhythmSnapshot): void {
    this.medianRr.restore(snapshot.medianRr)
    this.medianChange.restore(snapshot.medianChange)
    this.previousRr = snapshot.previousRr
  }
}

/** Half the interval is -1, double is +1. */
function difference(a: number, b: number): number {
  return (a - b) / Math.min(a, b)
}

/** Steep where ordinary variation lies, bounded where a pause or a missed beat does. Arithmetic only: see trigonometry.ts. */
function bound(x: number): number {
  return (2 * x) / (1 + 2 * Math.abs(x))
}

function compare(a: number, b: number): number {
  return Number.isNaN(b) ? 0 : bound(difference(a, b))
}

export interface RhythmSnapshot {
  medianRr: RunningMedianSnapshot
  medianChange: RunningMedianSnapshot
  previousRr: number | null
}
