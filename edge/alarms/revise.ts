import type { Alarm, AlarmCode, Cause } from '../messages.ts'
import type { KeyedState } from '../state/keyedState.ts'
import { alarmState, isWithheld, type Withheld } from './alarmState.ts'
import { outOfServiceByCode } from './configured.ts'
import { outOfService, type Service } from './outOfService.ts'
import type { AlarmTable } from './table.ts'
import { alarmText } from './text.ts'
import { keep, type WearerAlarms } from './wearerAlarms.ts'

/** What the machine works with. */
export interface Machine {
  gateway: string
  table: AlarmTable
  states: KeyedState<WearerAlarms>
  services: KeyedState<Service>
}

const ranks: Record<Alarm['priority'], number> = { low: 0, medium: 1, high: 2 }
export const isHigher = (a: Alarm['priority'], b: Alarm['priority']): boolean => ranks[a] > ranks[b]

/** What an alarm is about; one that was raised before there were several is about one thing. */
export function causesOf({ causes, code, devices, params, priority, at, streamTime, endedAt }: Alarm): Cause[] {
  if (causes !== undefined) return causes
  const [device] = devices
  const known = {
    ...(device !== undefined && { device }),
    ...(streamTime && { streamTime }),
    ...(endedAt !== undefined && { endedAt }),
  }
  return [{ code, params, priority, at, ...known }]
}

/** An alarm with these causes: code, parameters, priority, text and evidence are those of the most important one. */
export function withCauses(alarm: Alarm, causes: Cause[]): Alarm {
  const main = causes.reduce((best, cause) => (isHigher(cause.priority, best.priority) ? cause : best))
  const devicesOf = (some: readonly Cause[]): string[] => [...new Set(some.flatMap(({ device }) => device ?? []))]
  const { code, params, priority, evidence } = main
  const next: Alarm = {
    ...alarm,
    code,
    params,
    priority,
    devices: devicesOf(causes),
    causes,
    text: alarmText({ code, params, devices: devicesOf(causes.filter((cause) => cause.code === code)) }),
  }
  delete next.evidence
  delete next.endedAt
  delete next.endedTick
  if (evidence !== undefined) next.evidence = evidence
  if (causes.some(({ endedAt }) => endedAt === undefined)) return next
  const last = causes.reduce((latest, cause) => ((cause.endedAt ?? '') > (latest.endedAt ?? '') ? cause : latest))
  if (last.endedAt !== undefined) next.endedAt = last.endedAt
  if (last.endedTick !== undefined) next.endedTick = last.endedTick
  return next
}

/**
 * Puts a changed alarm in place as its next revision, in the state that follows from what is known of it now.
 *
 * @param at when it changed, ISO 8601 UTC
 * @param announces whether it has something to say that nobody can have acknowledged
 * @returns nothing where nothing changed
 */
export function revise(
  { table, services }: Machine,
  state: WearerAlarms,
  changed: Alarm,
  at: string,
  announces = false,
): Alarm[] {
  const before = state.alarms[changed.id]
  const next: Alarm = { ...changed, revision: (before?.revision ?? 0) + 1 }
  const causes = causesOf(next)
  const holds = causes.some(({ endedAt }) => endedAt === undefined)
  const asked = next.type === 'technical' ? serviceOf(services, next) : undefined
  const codes = causes.map(({ code, params }) => (code === 'past-event' ? (params['pastCode'] as AlarmCode) : code))
  const service = asked ?? outOfServiceByCode(table, codes)
  const shelf = shelfOf(state, next)
  const withheld: Withheld | undefined =
    service !== undefined
      ? 'out-of-service'
      : next.suppressedBy !== undefined
        ? 'suppressed'
        : shelf !== undefined
          ? 'shelved'
          : undefined
  // Once over, it stays what it was: what was withheld until its end needs nobody afterwards.
  const comesBack = holds && withheld === undefined && before !== undefined && isWithheld(before.state)
  if (announces || comesBack) {
    delete next.acknowledged
    delete next.audioPaused
    if (withheld === undefined) next.announced = { at, revision: next.revision }
  }
  if (before?.state === 'normal' && !holds) return isSame(before, next) ? [] : [keep(state, next)]
  delete next.shelved
  delete next.outOfService
  if (withheld === 'out-of-service' && service !== undefined) next.outOfService = service
  if (withheld === 'shelved' && shelf !== undefined) next.shelved = shelf
  const latching = causes.some(({ code }) => table[code].latching)
  next.state = alarmState({ holds, acknowledged: next.acknowledged !== undefined, latching, withheld })
  if (before !== undefined && isSame(before, next)) return []
  return [keep(state, next)]
}

function serviceOf(services: KeyedState<Service>, { wearer, devices }: Alarm): Alarm['outOfService'] {
  const ofWearer = wearer === undefined ? undefined : outOfService(services, 'wearer', wearer)
  if (ofWearer !== undefined || devices.length === 0) return ofWearer
  const each = devices.map((device) => outOfService(services, 'device', device))
  return each.every((service) => service !== undefined) ? each[0] : undefined
}

/** Whether nobody wants to hear of a code now: by a shelf, or by the configuration. */
export function isHushed(table: AlarmTable, { shelves }: Pick<WearerAlarms, 'shelves'>, code: AlarmCode): boolean {
  return shelves?.[code] !== undefined || table[code].outOfService !== undefined
}

/** The shelf on which an alarm lies: all that it is about, or was, must be of shelved codes. */
function shelfOf({ shelves }: WearerAlarms, alarm: Alarm): Alarm['shelved'] {
  if (shelves === undefined) return undefined
  const on = causesOf(alarm).map(({ code }) => shelves[code])
  return on.every((shelf) => shelf !== undefined) ? on[0] : undefined
}

function isSame(a: Alarm, b: Alarm): boolean {
  return sorted({ ...a, revision: 0 }) === sorted({ ...b, revision: 0 })
}

function sorted(alarm: Alarm): string {
  return JSON.stringify(Object.entries(alarm).sort(([a], [b]) => (a < b ? -1 : 1)))
}
