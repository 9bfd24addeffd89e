import type { Alarm, Summary } from '../../edge/messages.ts'
import { canonical } from '../real/vitalEdge.ts'
import { summaryKey } from './truth.ts'

/** What the destinations have after a campaign. */
export interface Received {
  /** Every point of the store, a line each: a second one of the same alarm is a duplicate. */
  stored: readonly Alarm[]
  /** By id: the highest revision that somebody who listens on MQTT was told. */
  told: ReadonlyMap<string, number>
  summaries: readonly Summary[]
}

export interface Verdict {
  alarms: {
    raised: number
    /** Not in the store, never told on MQTT, or told and stored in an older state than its last. */
    lost: number
    duplicated: number
    /** Of those raised: told as `past-event` of the same onset, as they came late; neither lost nor duplicated. */
    asPastEvent: number
    /** A further cause of one of these, told by itself: as live, because its own data came in time. */
    asOtherCause: number
    /** There in the end, and not as the truth has it. */
    different: number
    /** Not in the truth, by code: about the monitoring itself. A physiological one counts as duplicated. */
    besides: Record<string, number>
  }
  summaries: { made: number; lost: number; different: number; besides: number }
  /** The first few of each kind, to look into. */
  examples: string[]
}

const shown = 10
/** Another alarm of one device and code that begins so near is the same event told twice, ms. */
const nearMillis = 15_000

/** Holds what arrived against what a gateway makes of the same stream undisturbed. */
export function judge(
  truth: { alarms: readonly Alarm[]; summaries: readonly Summary[] },
  { stored, told, summaries }: Received,
): Verdict {
  const examples: string[] = []
  const example = (what: string, of: string): void => {
    if (examples.filter((line) => line.startsWith(what)).length < shown) examples.push(`${what}: ${of}`)
  }
  const byId = new Map<string, Alarm[]>()
  for (const alarm of stored) byId.set(alarm.id, [...(byId.get(alarm.id) ?? []), alarm])
  const expected = new Set(truth.alarms.map(({ id }) => id))
  const past = stored.filter(({ code }) => code === 'past-event')
  const alarms = { raised: truth.alarms.length, lost: 0, duplicated: 0, asPastEvent: 0, asOtherCause: 0, different: 0 }
  const late: Alarm[] = []
  for (const alarm of truth.alarms) {
    const found = byId.get(alarm.id)?.at(-1)
    if (found === undefined && past.some((other) => isPastOf(other, alarm))) {
      alarms.asPastEvent += 1
      late.push(alarm)
      continue
    }
    const toldRevision = told.get(alarm.id) ?? 0
    if (found === undefined || toldRevision < found.revision) {
      alarms.lost += 1
      example(
        'lost',
        `${alarm.id}: ${found === undefined ? 'not stored' : `revision ${found.revision}`}, told ${toldRevision}`,
      )
    } else if (!isSame(canonical(found), canonical(alarm))) {
      alarms.different += 1
      example('different', `${JSON.stringify(canonical(found))} instead of ${JSON.stringify(canonical(alarm))}`)
    }
  }
  const besides: Record<string, number> = {}
  for (const [id, points] of byId) {
    const [alarm] = points
    if (alarm === undefined) continue
    alarms.duplicated += points.length - 1
    if (points.length > 1) example('duplicated', `${id}: ${points.length} points`)
    if (expected.has(id)) continue
    if (late.some((other) => isCauseOf(alarm, other))) {
      alarms.asOtherCause += 1
      continue
    }
    const twin = truth.alarms.find((other) => isNear(other, alarm))
    if (alarm.code !== 'past-event' && (alarm.type === 'physiological' || twin !== undefined)) {
      alarms.duplicated += 1
      example('duplicated', `${id}, not in the truth${twin === undefined ? '' : ` beside ${twin.id}`}`)
    } else {
      besides[alarm.code] = (besides[alarm.code] ?? 0) + 1
      example('besides', `${alarm.at} to ${alarm.endedAt ?? 'now'}: ${alarm.text}`)
    }
  }
  return { alarms: { ...alarms, besides }, summaries: ofSummaries(truth.summaries, summaries, example), examples }
}

function ofSummaries(
  truth: readonly Summary[],
  stored: readonly Summary[],
  example: (what: string, of: string) => void,
): Verdict['summaries'] {
  const there = new Map(stored.map((summary) => [summaryKey(summary), summary]))
  const verdict = { made: truth.length, lost: 0, different: 0, besides: 0 }
  for (const summary of truth) {
    const key = summaryKey(summary)
    const found = there.get(key)
    there.delete(key)
    if (found === undefined) {
      verdict.lost += 1
      example('summary lost', key)
    } else if (!isSame({ ...found, gateway: '' }, { ...summary, gateway: '' })) {
      verdict.different += 1
      example('summary different', `${JSON.stringify(found)} instead of ${JSON.stringify(summary)}`)
    }
  }
  verdict.besides = there.size
  for (const key of there.keys()) example('summary besides', key)
  return verdict
}

function isPastOf(past: Alarm, { code, streamTime }: Alarm): boolean {
  return past.params['pastCode'] === code && isSame(past.streamTime, streamTime)
}

function isCauseOf({ code, streamTime }: Alarm, { causes = [] }: Alarm): boolean {
  return causes.some((cause) => cause.code === code && isSame(cause.streamTime, streamTime))
}

function isNear(a: Alarm, b: Alarm): boolean {
  const isAlike = a.code === b.code && a.wearer !== undefined && a.wearer === b.wearer && isSame(a.devices, b.devices)
  return isAlike && Math.abs(Date.parse(a.at) - Date.parse(b.at)) <= nearMillis
}

/** By value, whatever the order of keys; numbers as a store gives them back. */
function isSame(a: unknown, b: unknown): boolean {
  return sorted(a) === sorted(b)
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
      : part,
  )
}
