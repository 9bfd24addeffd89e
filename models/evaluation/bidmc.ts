/** One record of the BIDMC set (Pimentel et al., IEEE Trans Biomed Eng 64(8):1914-1923, 2017), 8 minutes. */
export interface BidmcRecord {
  name: string
  /** 125 Hz each: lead II where there is one, else the first ECG lead. */
  ecg: Float32Array
  ppg: Float32Array
  /** What the monitor showed each second; NaN where it showed none. */
  numerics: readonly { seconds: number; heartRate: number; pulse: number }[]
  /** Breaths marked by each of two annotators, s. */
  breaths: readonly [readonly number[], readonly number[]]
}

export const bidmcRateHz = 125

export const bidmcProtocol = {
  heartRateWindowSeconds: 8,
  respirationWindowSeconds: 32,
  /**
   * The monitor averages its PULSE for longer than its HR: over the numerics of 26 records PULSE follows HR best 7 s later
   * (mean difference 0.82 beats a minute; 1.10 at the same second). So PULSE is held against what was told 7 s before.
   */
  pulseDelaySeconds: 7,
  /** Annotators that are further apart in a window do not count, breaths a minute. */
  annotatorsWithin: 2,
  /** An estimate is held against the moment of its window's end, and until the next one but no longer than this. */
  heldSeconds: 2,
} as const

/** A rate at the end of its window. */
export interface ToldRate {
  seconds: number
  perMinute: number
}

/** What was told of one record, by what it was told from. */
export type BidmcTold = Record<'ecgHeartRate' | 'ppgHeartRate' | BreathRate, readonly ToldRate[]>
type BreathRate = 'ecgRespiration' | 'ppgRespiration' | 'respiration'
/** Against PULSE as shown, without its delay, too. */
export type BidmcRate = keyof BidmcTold | 'ppgHeartRateUndelayed'
export const bidmcRates: readonly BidmcRate[] = [
  'ecgHeartRate',
  'ppgHeartRate',
  'ppgHeartRateUndelayed',
  'ecgRespiration',
  'ppgRespiration',
  'respiration',
]

export interface RateFigures {
  meanAbsoluteError: number
  /** Share of the seconds with a reference that have an estimate. */
  coverage: number
  /** Seconds with a reference. */
  seconds: number
}

/** Holds what was told, second by second from the end of the first whole window, against monitor and annotators. */
export function judgeBidmc(record: BidmcRecord, told: BidmcTold): Record<BidmcRate, RateFigures> {
  const breath = breathReference(record)
  const heart = (key: 'heartRate' | 'pulse', delaySeconds: number) =>
    record.numerics
      .map((row) => ({ seconds: row.seconds - delaySeconds, perMinute: row[key] }))
      .filter(({ seconds }) => seconds >= bidmcProtocol.heartRateWindowSeconds)
      .filter(({ perMinute }) => !Number.isNaN(perMinute))
  return {
    ecgHeartRate: compare(told.ecgHeartRate, heart('heartRate', 0)),
    ppgHeartRate: compare(told.ppgHeartRate, heart('pulse', bidmcProtocol.pulseDelaySeconds)),
    ppgHeartRateUndelayed: compare(told.ppgHeartRate, heart('pulse', 0)),
    ecgRespiration: compare(told.ecgRespiration, breath),
    ppgRespiration: compare(told.ppgRespiration, breath),
    respiration: compare(told.respiration, breath),
  }
}

/** Means over records, each with the same weight; `metrics` are named as programs rely on. */
export function bidmcMetrics(results: readonly Record<BidmcRate, RateFigures>[]): Record<string, number> {
  const metrics: Record<string, number> = {}
  for (const rate of bidmcRates) {
    for (const figure of ['meanAbsoluteError', 'coverage'] as const) {
      const known = results.map((result) => result[rate][figure]).filter((value) => !Number.isNaN(value))
      metrics[`${rate}.${figure}`] = known.reduce((sum, value) => sum + value, 0) / known.length
    }
  }
  return metrics
}

/** Mean of both annotators over the last 32 s at each second, where they agree. */
function breathReference({ breaths, numerics }: BidmcRecord): ToldRate[] {
  return numerics.flatMap(({ seconds }) => {
    if (seconds < bidmcProtocol.respirationWindowSeconds) return []
    const [one, other] = breaths.map((marks) => breathRate(marks, seconds)) as [number, number]
    const agree = Math.abs(one - other) <= bidmcProtocol.annotatorsWithin
    return agree ? [{ seconds, perMinute: (one + other) / 2 }] : []
  })
}

/** Breaths a minute in the window that ends at `until`, by the time from its first mark to its last; NaN below two. */
function breathRate(marks: readonly number[], until: number): number {
  const inside = marks.filter((at) => at <= until && at > until - bidmcProtocol.respirationWindowSeconds)
  return (60 * (inside.length - 1)) / (inside.at(-1)! - inside[0]!)
}

function compare(told: readonly ToldRate[], reference: readonly ToldRate[]): RateFigures {
  let [next, sum, count] = [0, 0, 0]
  for (const { seconds, perMinute } of reference) {
    while (next < told.length && told[next]!.seconds <= seconds) next++
    const last = told[next - 1]
    if (last === undefined || seconds - last.seconds >= bidmcProtocol.heldSeconds) continue
    sum += Math.abs(last.perMinute - perMinute)
    count++
  }
  return { meanAbsoluteError: sum / count, coverage: count / reference.length, seconds: reference.length }
}
