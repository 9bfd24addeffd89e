import type { ExpectedAlarm, Expectation } from '../../../simulators/scenario/expectation.ts'
import type { TruthLine } from '../../../simulators/truth/truth.ts'
import { isWithheld } from '../../alarms/alarmState.ts'
import { causesOf } from '../../alarms/revise.ts'
import { microsOf } from '../../time.ts'
import type { Told } from './runScenario.ts'

/** One thing that a scenario demands, and whether it was met. */
export interface Held {
  /** What it belongs to, such as `event fall`. */
  of: string
  /** What was demanded. */
  demand: string
  ok: boolean
  /** What came. */
  came: string
  /** From the moment that `within` counts from to the telling, s. */
  seconds?: number
}

type Line = TruthLine & Expectation & { code?: string; wearer: string; fromTime?: string; untilTime?: string }

/** Holds what was told against everything that a run's truth expects and forbids. Pure. */
export function judgeScenario(truth: readonly TruthLine[], told: readonly Told[]): Held[] {
  const run = truth.find(({ kind }) => kind === 'run') as unknown as { start: string; seconds: number }
  const whole = { from: microsOf(run.start), until: microsOf(run.start) + run.seconds * 1e6 }
  const lines = truth.filter(({ kind }) => kind !== 'run' && kind !== 'mark' && kind !== 'acknowledge') as Line[]
  return lines.flatMap((line) => {
    const of = [line.kind, line.code, line.wearer].filter((part) => part !== undefined).join(' ')
    const from = line.fromTime === undefined ? whole.from : microsOf(line.fromTime)
    const until = line.untilTime === undefined ? whole.until : microsOf(line.untilTime)
    const mine = beginnings(told.filter(({ alarm }) => alarm.wearer === line.wearer))
    const held: Held[] = []
    const forbidden = line.expect === 'none' ? (['physiological', 'technical'] as const) : (line.forbid ?? [])
    if (forbidden.length > 0) {
      const within = (at: number) => at >= from && at < until
      const wrong = mine.filter(
        ({ now, alarm }) =>
          (forbidden as readonly string[]).includes(alarm.type) && (within(now) || within(microsOf(alarm.at))),
      )
      held.push({
        of,
        demand: `no ${forbidden.join(' or ')} alarm`,
        ok: wrong.length === 0,
        came: summary(wrong, whole.from),
      })
    }
    if (line.expect === undefined || line.expect === 'none') return held
    for (const expected of line.expect) held.push(heldOf(expected))
    return held

    function heldOf(expected: ExpectedAlarm): Held {
      const { since, withinSeconds, codes, type, priority, announced, at } = expected
      const back = lines.find(
        ({ kind, code, wearer, fromTime, untilTime }) =>
          kind === 'transport' &&
          code === 'disconnect' &&
          wearer === line.wearer &&
          microsOf(fromTime ?? '') < until &&
          microsOf(untilTime ?? '') > from,
      )
      const base = since === 'begin' ? from : since === 'end' ? until : microsOf(back?.untilTime ?? '')
      const isWanted = ({ alarm }: Told) =>
        (codes.length === 0 || (codes as string[]).includes(alarm.code)) &&
        (type === undefined || alarm.type === type) &&
        (priority === undefined || alarm.priority === priority)
      const inTime = ({ now }: Told) => now >= base && now <= base + withinSeconds * 1e6
      const isOfEvent = ({ alarm }: Told) => microsOf(alarm.at) >= from && microsOf(alarm.at) < until
      const isAgain = ({ now, alarm }: Told) =>
        alarm.state === 'active-unacknowledged' &&
        told.some((earlier) => earlier.now < now && earlier.alarm.wearer === line.wearer && earlier.alarm.acknowledged)
      const found = mine.find(
        (one) =>
          isWanted(one) &&
          inTime(one) &&
          (at === undefined || isOfEvent(one)) &&
          (announced === undefined || isAgain(one)),
      )
      const which = [codes.join(' or '), type, priority, announced && 'announced again', at && 'at the event’s time']
      const demand = `${which.filter(Boolean).join(', ')} within ${withinSeconds} s of ${since}`
      const nearest = found ?? mine.find((one) => isWanted(one) && one.now >= base)
      return {
        of,
        demand,
        ok: found !== undefined,
        came: nearest === undefined ? summary(mine, whole.from) : summary([nearest], whole.from),
        ...(nearest !== undefined && { seconds: (nearest.now - base) / 1e6 }),
      }
    }
  })
}

/**
 * The moments at which a cause of an alarm was told: its first telling, and each time that it begins anew. The alarm is given
 * as if that cause were the only one.
 */
export function beginnings(told: readonly Told[]): Told[] {
  const times = new Map<string, number>()
  return told.flatMap(({ now, alarm }) => {
    if (isWithheld(alarm.state)) return []
    const begun = causesOf(alarm).filter((cause) => {
      const key = [alarm.id, cause.code, cause.device, cause.about].join(' ')
      const isNew = (cause.times ?? 1) !== times.get(key)
      times.set(key, cause.times ?? 1)
      return isNew
    })
    return begun.map(({ code, params, priority, at }) => ({ now, alarm: { ...alarm, code, params, priority, at } }))
  })
}

const mostShown = 6

function summary(alarms: readonly Told[], start: number): string {
  if (alarms.length === 0) return 'none'
  const shown = alarms.slice(0, mostShown).map(({ now, alarm }) => {
    const at = ((microsOf(alarm.at) - start) / 1e6).toFixed(1)
    return `${alarm.code} (${alarm.priority}) told at ${((now - start) / 1e6).toFixed(1)} s, onset ${at} s`
  })
  return shown.join('; ') + (alarms.length > mostShown ? `; and ${alarms.length - mostShown} more` : '')
}
