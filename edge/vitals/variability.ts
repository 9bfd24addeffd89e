/** How the time between beats varies (Task Force, Circulation 93:1043-1065, 1996), of beats that follow each other normally. */
export interface HeartRateVariability {
  /** Root mean square of the differences between successive intervals, ms. */
  rmssd: number
  /** Standard deviation of the intervals, ms. */
  sdnn: number
  /** That went into it. */
  intervals: number
}

const spanMicros = 300_000_000
const capacity = 1200
const leastIntervals = 60
/** An interval further than this share from the median of those around it is no normal beat's. */
const ectopicShare = 0.2
const around = 5

/**
 * Variability over the last five minutes of beats. An interval that is far from those before it (a premature beat and the
 * pause behind it, a missed beat, an artefact) is left out, and no difference is taken across it.
 */
export class Variability {
  private beats: { tick: number; seconds: number; normal: boolean }[] = []

  /** @param tick stream time of the beat, µs; @param rrSeconds since the one before, absent after a gap. */
  push(tick: number, rrSeconds: number | undefined): void {
    const { beats } = this
    if (tick <= (beats.at(-1)?.tick ?? -Infinity)) beats.length = 0
    const before = beats.slice(-around).map(({ seconds }) => seconds)
    const usual = before.filter((seconds) => !Number.isNaN(seconds)).sort((a, b) => a - b)
    const median = usual[usual.length >> 1]
    const seconds = rrSeconds ?? NaN
    beats.push({ tick, seconds, normal: Math.abs(seconds - (median ?? seconds)) <= ectopicShare * seconds })
    while (beats.length > capacity || beats[0]!.tick <= tick - spanMicros) beats.shift()
  }

  /** Undefined with fewer than 60 normal intervals. */
  value(): HeartRateVariability | undefined {
    let [count, sum, squares, pairs, differences] = [0, 0, 0, 0, 0]
    for (const [i, { seconds, normal }] of this.beats.entries()) {
      if (!normal) continue
      count++
      sum += seconds
      squares += seconds * seconds
      const previous = this.beats[i - 1]
      if (previous?.normal !== true) continue
      pairs++
      differences += (seconds - previous.seconds) ** 2
    }
    if (count < leastIntervals || pairs === 0) return undefined
    const variance = Math.max(0, (squares - (sum * sum) / count) / (count - 1))
    return { rmssd: 1000 * Math.sqrt(differences / pairs), sdnn: 1000 * Math.sqrt(variance), intervals: count }
  }

  snapshot(): VariabilitySnapshot {
    // JSON has no NaN.
    return {
      beats: this.beats.map(({ tick, seconds, normal }) => [tick, Number.isNaN(seconds) ? null : seconds, normal]),
    }
  }

  static restore({ beats }: VariabilitySnapshot): Variability {
    const variability = new Variability()
    variability.beats = beats.map(([tick, seconds, normal]) => ({ tick, seconds: seconds ?? NaN, normal }))
    return variability
  }
}

export interface VariabilitySnapshot {
  beats: [tick: number, seconds: number | null, normal: boolean][]
}
