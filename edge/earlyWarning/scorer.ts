import { stampOf, type Stamp } from '../flow.ts'

/** The device at whose values a wearer's score is made: its stream time is that of the alarm. Plain JSON. */
export interface Scorer {
  device: string
  /** When it last gave a value, gateway time, µs. */
  at: number
  /** The longest of its latest waits, µs; absent: it has spoken once. */
  every?: number
  last?: Stamp
  /** Where those before it fell silent: what was raised at their values may still stand. */
  before?: Stamp[]
}

/** Another goes on after two and a half of its waits, µs. */
const patience = { periods: 2.5, least: 10_000_000, most: 60_000_000 } as const
/** Several vital signs may come one after the other: how fast the longest wait is forgotten, by the value. */
const forgetting = 0.9
/** No alarm's cause stands longer than this after its last look, µs: the longest that can be configured, and two looks more. */
const standsMicros = 3_660_000_000
const mostBefore = 8

/** Who scores from this value on: whoever did, unless that one has fallen silent. */
export function scorerAt(scorer: Scorer | undefined, item: Stamp): Scorer {
  const { device, sampledAt: at } = item
  const last = stampOf(item)
  if (scorer === undefined) return { device, at, last }
  const since = at - scorer.at
  if (scorer.device === device) {
    const every = since > 0 ? Math.max(since, forgetting * (scorer.every ?? 0)) : scorer.every
    const next: Scorer = { device, at, last }
    if (every !== undefined) next.every = every
    if (scorer.before !== undefined) next.before = scorer.before
    return next
  }
  const { periods, least, most } = patience
  if (since <= Math.min(most, Math.max(least, periods * (scorer.every ?? most)))) return scorer
  const before = [...(scorer.before ?? []), ...(scorer.last === undefined ? [] : [scorer.last])]
  return { device, at, last, before: before.filter((stamp) => stamp.device !== device).slice(-mostBefore) }
}

/** Without one that is worn by somebody else now. */
export function withoutDevice(scorer: Scorer, gone: string): Scorer | undefined {
  const before = (scorer.before ?? []).filter(({ device }) => device !== gone)
  if (scorer.device !== gone) return { ...scorer, before }
  const last = before.pop()
  return last === undefined ? undefined : { device: last.device, at: last.sampledAt, last, before }
}

/** Those before, as of now: their stream time goes on although they do not, so that what holds no longer can end. */
export function silentScorers(scorer: Scorer, { sampledAt }: Stamp): Stamp[] {
  const still = (scorer.before ?? []).filter((stamp) => sampledAt - stamp.sampledAt <= standsMicros)
  if (still.length > 0) scorer.before = still
  else delete scorer.before
  return still
    .filter((stamp) => stamp.sampledAt < sampledAt)
    .map((stamp) => stampOf(stamp, stamp.tick + sampledAt - stamp.sampledAt))
}
