import type { Finding } from '../flow.ts'
import { gatewayFinding } from '../gatewayFinding.ts'

/** Something that the gateway needs and that may be away: a destination, a source, its own data file. */
export interface Connection {
  code: 'destination-unreachable' | 'source-unreachable' | 'data-file-unwritable'
  name: string
  /** Whether it answers; absent: nobody has tried since the start, and what was known before still holds. */
  answers?: boolean
  /** For how long it has not, where that is known better than by looking, ms. */
  unansweredMillis?: number
  /** What it said last. */
  error?: string
}

/** Shorter ones are the usual hiccups of a network, ms. What the disk does not take cannot be announced: told at once. */
const toldAfterMillis: Readonly<Record<Connection['code'], number>> = {
  'destination-unreachable': 5000,
  'source-unreachable': 5000,
  'data-file-unwritable': 0,
}
const longestError = 200

/**
 * Says which connections do not answer for longer than a hiccup, and when they do again.
 *
 * @param monotonic ms that no setting of the clock changes
 * @returns looks at the connections; call it about once a second with the wall clock (µs)
 */
export function watchOutages(monotonic: () => number): (connections: readonly Connection[], now: number) => Finding[] {
  /** Since when each does not answer, monotonic ms. */
  const since = new Map<string, number>()
  return (connections, now) =>
    connections.flatMap(({ code, name, answers, unansweredMillis, error }) => {
      const key = `${code}/${name}`
      if (answers === undefined) return []
      if (answers) {
        since.delete(key)
        return [gatewayFinding(now, { code, about: name, abnormal: false })]
      }
      const at = monotonic()
      const began = Math.min(since.get(key) ?? at, at - (unansweredMillis ?? 0))
      since.set(key, began)
      if (at - began < toldAfterMillis[code]) return []
      const params = { name, error: (error ?? 'no answer').slice(0, longestError) }
      const onset = now - Math.round((at - began) * 1000)
      return [gatewayFinding(onset, { code, about: name, abnormal: true, params })]
    })
}
