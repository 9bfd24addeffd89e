import type { Finding } from '../flow.ts'
import type { Rule } from './table.ts'

/** How a cause stands: what a rule must remember between findings. JSON-able. */
export interface CauseWatch {
  /** Newest last; only for `count`. */
  recent: { abnormal: boolean; at: Moment }[]
  /** First abnormal finding of the current unbroken run, and the last abnormal one; only for `hold`. */
  since?: Moment
  last?: Moment
}

/** Stream time and gateway time of one finding. */
export interface Moment {
  bootId: number
  tick: number
  sampledAt: number
}

export const noCause = (): CauseWatch => ({ recent: [] })

export type Change =
  { change: 'on'; onset: Moment; params: Record<string, number> } | { change: 'off'; end: Moment } | { change: 'none' }

/**
 * Applies one finding to a cause.
 *
 * @param active whether the alarm's cause counts as holding now
 * @returns whether the cause begins to hold (with its onset), ceases (with the last moment it held), or neither
 */
export function applyFinding(rule: Rule, cause: CauseWatch, finding: Finding, active: boolean): Change {
  const at: Moment = { bootId: finding.bootId, tick: finding.tick, sampledAt: finding.sampledAt }
  switch (rule.kind) {
    case 'at-once':
      if (finding.abnormal === active) return { change: 'none' }
      return finding.abnormal ? { change: 'on', onset: at, params: {} } : { change: 'off', end: at }
    case 'count': {
      cause.recent.push({ abnormal: finding.abnormal, at })
      if (cause.recent.length > rule.of) cause.recent.shift()
      const abnormal = cause.recent.filter((look) => look.abnormal)
      const first = abnormal[0]
      if (!active && first !== undefined && abnormal.length >= rule.onAtLeast)
        return { change: 'on', onset: first.at, params: { anomalousBeats: abnormal.length, ofBeats: rule.of } }
      if (!active || cause.recent.length < rule.of || abnormal.length > rule.offAtMost) return { change: 'none' }
      return { change: 'off', end: at }
    }
    case 'hold': {
      const broken = cause.last !== undefined && cause.last.bootId !== at.bootId
      if (finding.abnormal) {
        if (cause.since === undefined || broken) cause.since = at
        cause.last = at
        if (active || at.tick - cause.since.tick < rule.onSeconds * 1e6) return { change: 'none' }
        return { change: 'on', onset: cause.since, params: {} }
      }
      delete cause.since
      if (!active) return { change: 'none' }
      if (cause.last !== undefined && !broken && at.tick - cause.last.tick < rule.offSeconds * 1e6)
        return { change: 'none' }
      return { change: 'off', end: cause.last ?? at }
    }
  }
}
