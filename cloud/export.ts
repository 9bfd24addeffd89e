import { signalName } from '../edge/messages.ts'
import type { Alarm, Summary } from '../edge/messages.ts'
import { csvLine } from './csv.ts'
import type { Store } from './store/store.ts'

export interface ExportQuery {
  wearer: string
  /** ISO 8601, inclusive and exclusive. */
  from: string
  to: string
  /** IANA name of the time zone in which days begin. */
  zone: string
}

const signalNames = signalName.options
const minuteMs = 60_000
/** No zone changes its day within one. */
const quarterMs = 15 * minuteMs
/** Asked of the store at a time. */
const stretchMs = 24 * 60 * minuteMs

/**
 * CSV of a day a line: time worn, time assessable, and both as a share.
 *
 * A minute counts as worn when any signal had a sample in it; `coverageOfWear` is the assessable share of that,
 * `coverageOfDay` of the whole day as far as it lies in the range (a day in which a clock is set has 23 or 25 hours).
 */
export async function* exportDays(store: Store, query: ExportQuery): AsyncGenerator<string> {
  yield csvLine(['day', 'zone', 'daySeconds', 'wornSeconds', 'assessableSeconds', 'coverageOfDay', 'coverageOfWear'])
  const dayOf = daysIn(query.zone)
  let day: { name: string; seconds: number; worn: number; assessable: number } | undefined
  const told = ({ name, seconds, worn, assessable }: NonNullable<typeof day>): string =>
    csvLine([name, query.zone, seconds, worn, assessable, share(assessable, seconds), share(assessable, worn)])
  for await (const { from, to, minutes } of stretches(store, query)) {
    let next = 0
    for (let start = from; start < to;) {
      const end = Math.min(to, (Math.floor(start / quarterMs) + 1) * quarterMs)
      const name = dayOf(start)
      if (day !== undefined && day.name !== name) yield told(day)
      if (day?.name !== name) day = { name, seconds: 0, worn: 0, assessable: 0 }
      day.seconds += (end - start) / 1000
      for (; next < minutes.length && Date.parse(minutes[next]!.at) < end; next += 1) {
        const { means, assessableSeconds } = minutes[next]!
        if (Object.keys(means).length > 0) day.worn += 60
        day.assessable += assessableSeconds
      }
      start = end
    }
  }
  if (day !== undefined) yield told(day)
}

/** CSV of a minute a line: the mean of each signal in its unit, and how much of the minute was assessable. */
export async function* exportMinutes(store: Store, query: ExportQuery): AsyncGenerator<string> {
  const rest = ['score', 'threshold', 'assessableSeconds', 'beats', 'anomalousBeats'] as const
  yield csvLine(['at', ...signalNames, ...rest])
  for await (const { minutes } of stretches(store, query)) {
    const lines = minutes.map((minute) =>
      csvLine([minute.at, ...signalNames.map((name) => minute.means[name]), ...rest.map((name) => minute[name])]),
    )
    if (lines.length > 0) yield lines.join('')
  }
}

/** CSV of an alarm a line, the newest first, with who acknowledged it. */
export async function* exportAlarms(store: Store, { wearer, from, to }: ExportQuery): AsyncGenerator<string> {
  const columns = ['at', 'endedAt', 'code', 'type', 'priority', 'state', 'text'] as const
  yield csvLine(['id', ...columns, 'acknowledgedAt', 'acknowledgedBy', 'comment'])
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  const within = ({ at }: Alarm): boolean => Date.parse(at) >= begin && Date.parse(at) < end
  let before: string | undefined
  do {
    const page = await store.alarms({ state: 'all', wearer, limit: 500, before })
    for (const alarm of page.alarms.filter(within)) {
      const { at, by, comment } = alarm.acknowledged ?? {}
      yield csvLine([alarm.id, ...columns.map((name) => alarm[name]), at, by, comment])
    }
    before = page.next
  } while (before !== undefined)
}

async function* stretches(
  store: Store,
  { wearer, from, to }: ExportQuery,
): AsyncGenerator<{ from: number; to: number; minutes: Summary[] }> {
  const end = Date.parse(to)
  for (let start = Date.parse(from); start < end; start += stretchMs) {
    const stop = Math.min(end, start + stretchMs)
    const range = { from: new Date(start).toISOString(), to: new Date(stop).toISOString() }
    yield { from: start, to: stop, minutes: await store.summaries({ wearer, spanSeconds: 60, ...range, limit: 1440 }) }
  }
}

/** Gives the day of a moment (ms since the epoch) in a zone, such as `2026-03-29`. */
function daysIn(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (at) => format.format(at)
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : (part / whole).toFixed(4)
}
