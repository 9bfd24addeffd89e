import type { Alarm } from '../edge/messages.ts'
import { ordinal, readCursor } from './store/ordinal.ts'
import type { AlarmPage, AlarmQuery, Store } from './store/store.ts'

/** A page, and what is missing from it where the store did not answer. */
export type MergedPage = AlarmPage & { incomplete?: string }

/**
 * One page of alarms from the live view and the store together: of each alarm the higher revision counts. Where the
 * store does not answer, what is live is given alone and `incomplete` says so: an alarm is never hidden by a database.
 *
 * @param live alarms by id
 * @param liveIsCurrent false while the broker is away: the store may then know more of an alarm than `live`
 */
export async function alarmPage(
  store: Pick<Store, 'alarm' | 'alarms'>,
  live: ReadonlyMap<string, Alarm>,
  liveIsCurrent: boolean,
  query: AlarmQuery,
): Promise<MergedPage> {
  const matches = ({ state, wearer }: Alarm) =>
    (query.state !== 'active' || state !== 'normal') && (query.wearer === undefined || wearer === query.wearer)
  const found = new Map<string, Alarm>()
  let incomplete: string | undefined
  let before = query.before
  try {
    do {
      const page = await store.alarms({ ...query, before })
      for (const stored of page.alarms) {
        const newest = newer(live.get(stored.id), stored)
        if (matches(newest)) found.set(stored.id, newest)
      }
      before = page.next
    } while (before !== undefined && found.size < query.limit)
  } catch (error) {
    incomplete = `the store did not answer: ${error instanceof Error ? error.message : String(error)}`
    before = undefined
  }

  const top = query.before === undefined ? undefined : readCursor(query.before)
  const bottom = before === undefined ? 0n : readCursor(before)
  for (const alarm of live.values()) {
    const place = ordinal(alarm.at, alarm.id)
    if (found.has(alarm.id) || !matches(alarm) || place < bottom || (top !== undefined && place >= top)) continue
    const stored = liveIsCurrent || incomplete !== undefined ? undefined : await store.alarm(alarm.id)
    const newest = stored === undefined ? alarm : newer(alarm, stored)
    if (matches(newest)) found.set(alarm.id, newest)
  }

  const sorted = [...found.values()].sort((a, b) => (ordinal(b.at, b.id) < ordinal(a.at, a.id) ? -1 : 1))
  const alarms = sorted.slice(0, query.limit)
  const last = alarms.at(-1)
  const next = sorted.length > query.limit && last !== undefined ? String(ordinal(last.at, last.id)) : before
  return { alarms, ...(next === undefined ? {} : { next }), ...(incomplete === undefined ? {} : { incomplete }) }
}

function newer(live: Alarm | undefined, stored: Alarm): Alarm {
  return live !== undefined && live.revision >= stored.revision ? live : stored
}
