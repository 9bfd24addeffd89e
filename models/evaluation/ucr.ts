/** What the name of a file of the UCR anomaly archive says; points from 0, `to` exclusive. */
export interface UcrFile {
  file: string
  /** Number in the archive. */
  id: string
  /** With DISTORTED or NOISE before it where the series was changed. */
  name: string
  /** Without these. */
  series: string
  /** The letters that the series begins with: a data base, or what was measured. */
  family: string
  /** Points that are free of anomalies: what may be learnt from. */
  trainPoints: number
  anomaly: { from: number; to: number }
}

export interface UcrResult {
  file: string
  family: string
  /** Of one anomaly in all its forms. */
  anomaly: string
  /** Point that is said to be the most anomalous. */
  told: number
  from: number
  to: number
  rightWithin100: boolean
  rightWithinLength: boolean
}

/** Points about the anomaly within which the place told is right. */
const tolerance = 100

/** @throws Error for a name of another form. */
export function parseUcrName(file: string): UcrFile {
  const match = /^(\d+)_UCR_Anomaly_(.+)_(\d+)_(\d+)_(\d+)\.txt(\.gz)?$/.exec(file)
  const [trainPoints, first, last] = (match?.slice(3, 6) ?? []).map(Number)
  if (!match || !(trainPoints! > 0 && trainPoints! < first! && first! <= last!)) {
    throw new Error(`${file}: expected <number>_UCR_Anomaly_<name>_<train end>_<anomaly start>_<anomaly end>.txt[.gz]`)
  }
  const [, id, name] = match as unknown as [string, string, string]
  const series = name.replace(/^(DISTORTED|NOISE)/, '')
  return {
    file,
    id,
    name,
    series,
    family: /^[A-Za-z]*/.exec(series)![0],
    trainPoints: trainPoints!,
    // The file name counts from 1 and gives the last point.
    anomaly: { from: first! - 1, to: last! },
  }
}

/**
 * Right or not: within 100 points of the anomaly (Wu and Keogh, IEEE TKDE 35(3):2421, 2023), and within as many points as it is
 * long, if that is more.
 */
export function judgeUcr({ file, family, series, anomaly: { from, to } }: UcrFile, told: number): UcrResult {
  const within = (points: number) => told >= from - points && told < to + points
  return {
    file,
    family,
    anomaly: `${series} ${from}`,
    told,
    from,
    to,
    rightWithin100: within(tolerance),
    rightWithinLength: within(Math.max(tolerance, to - from)),
  }
}

/**
 * Shares of files that are right: `accuracy` within 100 points, `withinLength.accuracy` by the wider rule; `distinct.…` with each
 * anomaly counted once, by the share of its forms (plain, DISTORTED, NOISE) that are right; `family.NAME.accuracy`.
 */
export function ucrMetrics(results: readonly UcrResult[]): Record<string, number> {
  const share = (rows: readonly UcrResult[], right: (row: UcrResult) => boolean) =>
    rows.filter(right).length / rows.length
  const narrow = (row: UcrResult) => row.rightWithin100
  const wide = (row: UcrResult) => row.rightWithinLength
  const anomalies = [...grouped(results, ({ anomaly }) => anomaly).values()]
  const distinct = (right: (row: UcrResult) => boolean) =>
    anomalies.reduce((sum, forms) => sum + share(forms, right), 0) / anomalies.length
  const families = [...grouped(results, ({ family }) => family)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    accuracy: share(results, narrow),
    'withinLength.accuracy': share(results, wide),
    'distinct.accuracy': distinct(narrow),
    'distinct.withinLength.accuracy': distinct(wide),
    ...Object.fromEntries(families.map(([name, rows]) => [`family.${name}.accuracy`, share(rows, narrow)])),
  }
}

/** First point of the highest score from `from` on. @throws RangeError where there is none. */
export function highestAfter(scores: ArrayLike<number>, from: number): number {
  let best = -1
  for (let i = from; i < scores.length; i++) if (best < 0 || scores[i]! > scores[best]!) best = i
  if (best < 0) throw new RangeError(`scores: expected some after ${from}, received ${scores.length}`)
  return best
}

function grouped<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row])
  return groups
}
