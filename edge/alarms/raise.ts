import type { Finding } from '../flow.ts'
import { schemaVersion, type Alarm, type Cause } from '../messages.ts'
import { isoOf, microsOf } from '../time.ts'
import { isWithheld } from './alarmState.ts'
import { applyFinding, noCause, type Moment } from './causes.ts'
import { causesOf, isHigher, isHushed, revise, withCauses, type Machine } from './revise.ts'
import type { WearerAlarms } from './wearerAlarms.ts'

/** A cause that begins so soon after an alarm of its group was over is still the same event, s. */
export const joinSeconds = 10
/** More different causes than an event has: beyond it a new alarm begins. */
const mostCauses = 20

/** What a finding makes of the alarms: none, or those that begin, change or end with it. */
export function takeFinding(machine: Machine, finding: Finding, past: boolean): Alarm[] {
  const { table, states } = machine
  const key = keyOf(finding)
  const known = states.peek(finding.wearer)
  // Nothing is, was, or begins: the usual case, which need not be written down again and again.
  if (!finding.abnormal && known?.active[key] === undefined && known?.causes[key] === undefined) return []
  const state = states.of(finding.wearer)
  const { rule, type } = table[finding.code]
  const watch = (state.causes[key] ??= noCause())
  const activeId = state.active[key]
  const change = applyFinding(rule, watch, finding, activeId !== undefined)
  if (change.change === 'on') {
    const isOver = past && type === 'physiological' && finding.timing === 'stream'
    return begin(machine, state, finding, causeOf(machine, finding, change.onset, change.params, isOver))
  }
  const active = activeId === undefined ? undefined : state.alarms[activeId]
  if (active?.code === 'past-event' && finding.abnormal && !past) {
    // It began in what came late, and it still is.
    const onset = {
      bootId: finding.bootId,
      tick: active.streamTime?.tick ?? finding.tick,
      sampledAt: microsOf(active.at),
    }
    const over = endCause(machine, state, key, active, { sampledAt: finding.sampledAt })
    return [...over, ...begin(machine, state, finding, causeOf(machine, finding, onset, {}, false))]
  }
  if (change.change === 'none' || active === undefined) return []
  const { sampledAt, tick } = change.end
  const over = endCause(machine, state, key, active, { sampledAt, ...(finding.timing === 'stream' && { tick }) })
  return [...over, ...release(machine, state, finding)]
}

/** What a device said of a wearer holds no longer when somebody else wears it, or nobody. */
export function endCausesOf(machine: Machine, wearer: string, device: string, at: string): Alarm[] {
  const state = machine.states.of(wearer)
  for (const key of Object.keys(state.causes)) if (key.split('/')[1] === device) delete state.causes[key]
  return Object.entries(state.active).flatMap(([key, id]) => {
    const alarm = state.alarms[id]
    if (alarm === undefined || key.split('/')[1] !== device) return []
    return endCause(machine, state, key, alarm, { sampledAt: microsOf(at) })
  })
}

function keyOf({ code, about, device }: Finding): string {
  return about === undefined ? `${code}/${device}` : `${code}/${device}/${about}`
}

function causeOf(
  { table }: Machine,
  { code, device, about, wearer, params, evidence }: Finding,
  onset: Moment,
  counted: Alarm['params'],
  isOver: boolean,
): Cause {
  const all = { ...params, ...counted, ...(isOver && { pastCode: code }) }
  return {
    code: isOver ? 'past-event' : code,
    ...(device !== '' && { device }),
    ...(about !== undefined && { about }),
    params: all,
    priority: table[isOver ? 'past-event' : code].priority,
    at: isoOf(onset.sampledAt),
    ...(wearer !== '' && { streamTime: { device, bootId: onset.bootId, tick: onset.tick } }),
    ...(evidence !== undefined && { evidence }),
  }
}

/** A cause begins to hold: it joins the alarm of its event, or is a new one. */
function begin(machine: Machine, state: WearerAlarms, finding: Finding, cause: Cause): Alarm[] {
  const { gateway, table } = machine
  const now = isoOf(finding.sampledAt)
  const id = idOf(gateway, finding, cause)
  // The same onset again is the same alarm: the cause had only paused.
  const earlier = state.alarms[id]
  const suppressedBy = cause.code === 'past-event' ? undefined : suppressorOf(machine, state, finding)
  const event = earlier ?? (suppressedBy === undefined ? eventOf(machine, state, cause) : undefined)
  state.active[keyOf(finding)] = event?.id ?? id
  if (event !== undefined) return join(machine, state, event, cause, now)
  const { wearer } = finding
  const alarm: Alarm = {
    schemaVersion,
    id,
    gateway,
    ...(wearer !== '' && { wearer }),
    devices: [],
    type: table[cause.code].type,
    code: cause.code,
    params: {},
    priority: cause.priority,
    state: 'active-unacknowledged',
    at: cause.at,
    ...(cause.streamTime && { streamTime: cause.streamTime }),
    ...(suppressedBy !== undefined && { suppressedBy }),
    text: '',
    revision: 1,
  }
  return revise(machine, state, withCauses(alarm, [cause]), now, true)
}

function idOf(gateway: string, { code, about }: Finding, { code: as, streamTime, at }: Cause): string {
  const what = [as, ...(as === code ? [] : [code]), ...(about === undefined ? [] : [about])]
  const where = streamTime ? [streamTime.device, streamTime.bootId, streamTime.tick] : [gateway, Date.parse(at)]
  return [...what, ...where].join('.')
}

/** What explains a finding already: an alarm of the same device that its row in the table names. */
function suppressorOf({ table }: Machine, { active }: WearerAlarms, { code, device }: Finding): Alarm['suppressedBy'] {
  return table[code].suppressedBy?.find(
    (by) =>
      // What is never announced itself must not hide what would be.
      table[by].outOfService === undefined &&
      Object.keys(active).some((key) => key === `${by}/${device}` || key.startsWith(`${by}/${device}/`)),
  )
}

/** The alarm of the event that a cause belongs to: of its group, and going on when it began, or over for a moment only. */
function eventOf({ table }: Machine, { alarms, shelves }: WearerAlarms, cause: Cause): Alarm | undefined {
  const { group } = table[cause.code]
  if (group === undefined) return undefined
  const hushed = isHushed(table, { ...(shelves && { shelves }) }, cause.code)
  return Object.values(alarms).findLast((alarm) => {
    if (alarm.state === 'normal' || alarm.suppressedBy !== undefined) return false
    // What is over and waits for somebody is not to be hidden, nor to begin again, for what nobody wants to hear.
    if (hushed && alarm.endedAt !== undefined) return false
    const causes = causesOf(alarm)
    const hasRoom = causes.length < mostCauses || causes.some((other) => isSameCause(other, cause))
    return hasRoom && table[alarm.code].group === group && causes.some((other) => isNear(other, cause))
  })
}

function isSameCause(a: Cause, b: Cause): boolean {
  return a.code === b.code && a.device === b.device && a.about === b.about
}

/** Whether `earlier` held at the onset of `cause`, or until shortly before; by the device's clock where it is the same one. */
function isNear(earlier: Cause, cause: Cause): boolean {
  if (earlier.endedAt === undefined) return true
  const [from, to] = [earlier.streamTime, cause.streamTime]
  const isOneClock = from !== undefined && from.device === to?.device && from.bootId === to.bootId
  if (isOneClock && earlier.endedTick !== undefined) return to.tick - earlier.endedTick <= joinSeconds * 1e6
  return Date.parse(cause.at) - Date.parse(earlier.endedAt) <= joinSeconds * 1000
}

/** A cause joins an alarm; what it has not told of lately, or less urgently, is announced again. */
function join(machine: Machine, state: WearerAlarms, alarm: Alarm, cause: Cause, now: string): Alarm[] {
  const causes = causesOf(alarm)
  const index = causes.findIndex((other) => isSameCause(other, cause))
  const before = causes[index]
  if (before !== undefined && before.endedAt === undefined) return []
  const again = before && { ...cause, at: before.at, times: (before.times ?? 1) + 1 }
  if (again && before.streamTime) again.streamTime = before.streamTime
  const next = withCauses(alarm, again ? causes.with(index, again) : [...causes, cause])
  const isOver = alarm.endedAt !== undefined
  const isKnown = causes.some((other) => other.code === cause.code && isNear(other, cause))
  const announces =
    !isHushed(machine.table, state, cause.code) && (isOver || !isKnown || isHigher(cause.priority, alarm.priority))
  return revise(machine, state, next, now, announces)
}

function endCause(
  machine: Machine,
  state: WearerAlarms,
  key: string,
  alarm: Alarm,
  { sampledAt, tick }: { sampledAt: number; tick?: number },
): Alarm[] {
  delete state.active[key]
  const [code, device, about] = key.split('/')
  const endedAt = isoOf(sampledAt)
  const causes = causesOf(alarm).map((cause) => {
    const isMeant =
      (cause.code === code || cause.code === 'past-event') &&
      (cause.device ?? '') === device &&
      (cause.about === undefined || cause.about === about)
    return isMeant && cause.endedAt === undefined
      ? { ...cause, endedAt, ...(tick !== undefined && { endedTick: tick }) }
      : cause
  })
  return revise(machine, state, withCauses(alarm, causes), endedAt)
}

/** What an alarm explained stands for itself when that is over. */
function release(machine: Machine, state: WearerAlarms, { code, device, sampledAt }: Finding): Alarm[] {
  const explained = Object.values(state.alarms).filter(
    (alarm) => alarm.suppressedBy === code && isWithheld(alarm.state) && alarm.devices.includes(device),
  )
  return explained.flatMap((alarm) => {
    const next = { ...alarm }
    delete next.suppressedBy
    return revise(machine, state, next, isoOf(sampledAt))
  })
}
