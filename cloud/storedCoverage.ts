import type { Summary } from '../edge/messages.ts'
import type { Store } from './store/store.ts'

/** How far back it looks, in ms. */
const span = 24 * 3600_000

/**
 * The share of time, 0 to 1, in which a wearer was assessable, from the store alone: over the last day up to the newest
 * summary, from the first one in it on. Minutes of which nothing was stored count as not assessable.
 */
export async function storedCoverage(store: Pick<Store, 'summaries'>, last: Summary): Promise<number> {
  const end = Date.parse(last.at) + last.spanSeconds * 1000
  const query = { wearer: last.wearer, from: new Date(end - span).toISOString(), to: new Date(end).toISOString() }
  const minutes = await store.summaries({ ...query, spanSeconds: 60, limit: 1440 })
  const summaries = minutes.length > 0 ? minutes : await store.summaries({ ...query, spanSeconds: 1, limit: 3600 })
  const first = summaries[0]
  const newest = summaries.at(-1)
  if (first === undefined || newest === undefined) return 0
  const seconds = (Date.parse(newest.at) - Date.parse(first.at)) / 1000 + newest.spanSeconds
  return Math.min(1, summaries.reduce((sum, { assessableSeconds }) => sum + assessableSeconds, 0) / seconds)
}
