import type { Summary } from '../../../edge/messages.ts'

/** How much a trend shows, in seconds. */
export const trendSeconds = 900

/** Columns of one wearer's trend, oldest first; `null` is a gap and stays one. */
export interface Trend {
  /** Seconds since the epoch. */
  at: number[]
  heartRate: (number | null)[]
  score: (number | null)[]
  /** Counts changes. */
  version: number
}

const trends = new Map<string, Trend>()

export function trendOf(wearer: string): Trend {
  const known = trends.get(wearer) ?? { at: [], heartRate: [], score: [], version: 0 }
  trends.set(wearer, known)
  return known
}

/** Adds a newer second; what is older than the newest is known already. */
export function addSummary(summary: Summary): void {
  if (summary.spanSeconds !== 1) return
  const trend = trendOf(summary.wearer)
  const at = Date.parse(summary.at) / 1000
  const last = trend.at.at(-1)
  if (last !== undefined && at <= last) return
  if (last !== undefined && at - last > 1.5) push(trend, last + 1, null, null)
  push(trend, at, summary.means.heartRate ?? null, summary.score ?? null)
  let old = 0
  while ((trend.at[old] ?? Infinity) < at - trendSeconds) old += 1
  if (old > 60) for (const column of [trend.at, trend.heartRate, trend.score]) column.splice(0, old)
  trend.version += 1
}

/** Fetches what was before the page came; live seconds that arrived meanwhile are put behind it. */
export async function loadTrend(wearer: string, now: number): Promise<void> {
  const from = new Date(now - trendSeconds * 1000).toISOString()
  const path = `./api/wearers/${encodeURIComponent(wearer)}/summaries?span=1&limit=${trendSeconds}&from=${from}`
  const response = await fetch(path)
  if (!response.ok) return
  const { summaries } = (await response.json()) as { summaries: Summary[] }
  const live = trendOf(wearer)
  const newest = Date.parse(summaries.at(-1)?.at ?? '') / 1000
  const rest = live.at.findIndex((at) => !(at <= newest))
  const before: Trend = { at: [], heartRate: [], score: [], version: live.version }
  trends.set(wearer, before)
  for (const summary of summaries) addSummary(summary)
  for (let index = rest; index >= 0 && index < live.at.length; index += 1) {
    push(before, live.at[index]!, live.heartRate[index]!, live.score[index]!)
  }
  before.version = live.version + 1
}

function push(trend: Trend, at: number, heartRate: number | null, score: number | null): void {
  trend.at.push(at)
  trend.heartRate.push(heartRate)
  trend.score.push(score)
}
