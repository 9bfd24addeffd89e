/** How the time between beats varies (Task Force, Circulation 93:1043-1065, 1996), of beats that follow each other normally. */
export interface HeartRateVariability {
  /** Root mean square of the differences between successive intervals, ms. */
  rmssd: number
  /** Standard deviation of the intervals, ms. */
  sdnn: number
  /** That went into it. */
  intervals: number
}

/** What the intervals of one minute come to. */
interface Minute {
  /** Minutes since the epoch. */
  minute: number
  /** Intervals of any kind. */
  all: number
  normal: number
  sum: number
  squares: number
  pairs: number
  differences: number
}

const spanMinutes = 5
const minuteMicros = 60_000_000
const leastIntervals = 60
/** Where more of the beats are ectopic or doubtful, what is left says nothing of how a normal rhythm varies. */
const leastNormalShare = 0.8
/** An interval further than this share from the median of those before it is no normal beat's. */
const ectopicShare = 0.2
const around = 5

/**
 * Variability over five whole minutes. An interval is left out where one of its two beats is not normal, or where it is far
 * from those before it (a missed beat, an artefact), and no difference is taken across it.
 */
export class Variability {
  private minutes: Minute[] = []
  private before: number[] = []
  private lastAt = -Infinity
  private lastIsNormal = false
  /** The interval that ended with the last beat, if it was a normal one, s. */
  private previous: number | null = null

  /**
   * @param at of the beat, integer µs
   * @param rrSeconds since the one before, absent after a gap
   * @param isNormal whether it is a beat of the wearer's usual kind
   */
  push(at: number, rrSeconds: number | undefined, isNormal = true): void {
    if (at <= this.lastAt) this.beginAnew()
    const follows = this.lastIsNormal
    this.lastAt = at
    this.lastIsNormal = isNormal
    if (rrSeconds === undefined) {
      this.previous = null
      return
    }
    const usual = this.before.toSorted((a, b) => a - b)[this.before.length >> 1] ?? rrSeconds
    this.before = [...this.before, rrSeconds].slice(-around)
    const minute = this.minuteOf(Math.floor(at / minuteMicros))
    minute.all++
    if (!isNormal || !follows || Math.abs(rrSeconds - usual) > ectopicShare * usual) {
      this.previous = null
      return
    }
    minute.normal++
    minute.sum += rrSeconds
    minute.squares += rrSeconds * rrSeconds
    if (this.previous !== null) {
      minute.pairs++
      minute.differences += (rrSeconds - this.previous) ** 2
    }
    this.previous = rrSeconds
  }

  /**
   * Of the five minutes up to the end of `minute` (minutes since the epoch). Undefined with fewer than 60 normal intervals, where
   * less than four fifths of the intervals are normal, and where no beat fell into that minute.
   */
  value(minute: number): HeartRateVariability | undefined {
    const span = this.minutes.filter((one) => one.minute <= minute && one.minute > minute - spanMinutes)
    if (span.at(-1)?.minute !== minute) return undefined
    const total = (part: keyof Minute): number => span.reduce((sum, one) => sum + one[part], 0)
    const [normal, sum, pairs] = [total('normal'), total('sum'), total('pairs')]
    if (normal < leastIntervals || pairs === 0 || normal < leastNormalShare * total('all')) return undefined
    const variance = Math.max(0, (total('squares') - (sum * sum) / normal) / (normal - 1))
    return {
      rmssd: 1000 * Math.sqrt(total('differences') / pairs),
      sdnn: 1000 * Math.sqrt(variance),
      intervals: normal,
    }
  }

  snapshot(): VariabilitySnapshot {
    const { minutes, before, lastAt, lastIsNormal, previous } = this
    return {
      minutes: minutes.map((one) => ({ ...one })),
      before: [...before],
      lastAt: lastAt === -Infinity ? null : lastAt,
      lastIsNormal,
      previous,
    }
  }

  static restore(saved: VariabilitySnapshot): Variability {
    const variability = new Variability()
    variability.minutes = saved.minutes.map((one) => ({ ...one }))
    variability.before = [...saved.before]
    variability.lastAt = saved.lastAt ?? -Infinity
    variability.lastIsNormal = saved.lastIsNormal
    variability.previous = saved.previous
    return variability
  }

  /** Time went back, or another device tells the beats. */
  private beginAnew(): void {
    this.minutes = []
    this.before = []
    this.lastIsNormal = false
    this.previous = null
  }

  private minuteOf(minute: number): Minute {
    const last = this.minutes.at(-1)
    if (last?.minute === minute) return last
    const begun: Minute = { minute, all: 0, normal: 0, sum: 0, squares: 0, pairs: 0, differences: 0 }
    // One more than the span: a minute is told after the next has begun.
    this.minutes = [...this.minutes, begun].filter((one) => one.minute >= minute - spanMinutes)
    return begun
  }
}

export interface VariabilitySnapshot {
  minutes: Minute[]
  before: number[]
  lastAt: number | null
  lastIsNormal: boolean
  previous: number | null
}
