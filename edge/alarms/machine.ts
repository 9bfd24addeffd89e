import type { Finding, Stage } from '../flow.ts'
import { schemaVersion, type Alarm, type Request } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { isoOf, microsOf } from '../time.ts'
import { applyFinding, noCause, type Cause, type Moment } from './causes.ts'
import { alarmTable } from './table.ts'
import { alarmText } from './text.ts'

/** Everything the machine knows of one wearer. */
export interface WearerAlarms {
  /** By code and device. */
  causes: Record<string, Cause>
  /** The alarm whose cause holds now, by code and device. */
  active: Record<string, string>
  /** By id: every alarm that is not back to normal, and the last few that are, so that a late acknowledgement finds them. */
  alarms: Record<string, Alarm>
}

/** More alarms that are over than anybody will answer: beyond it the oldest are settled by the gateway. */
const keptOpen = 200
/** Alarms back to normal that are kept so that a late acknowledgement finds them. */
const keptSettled = 20

export const wearerAlarms = (): KeyedState<WearerAlarms> =>
  new KeyedState(plainState<WearerAlarms>('alarms', 1, () => ({ causes: {}, active: {}, alarms: {} })))

/**
 * The one state machine for physiological and technical alarms: findings raise and end them, people acknowledge them. Each
 * change is an alarm message with a higher revision. What samples tell of the wearer that had waited somewhere (`isPast`)
 * is a past event, at its own time and never as if it were now; where it goes on until now, the alarm itself follows.
 */
export function raiseAlarms(
  gateway: string,
  states: KeyedState<WearerAlarms>,
  isPast: (device: string) => boolean = () => false,
): Stage {
  return (item, emit) => {
    if (item.kind === 'finding') {
      emit(item)
      const alarms = takeFinding(gateway, states, item, isPast(item.device))
      if (alarms.length === 0) return
      for (const alarm of alarms) emit({ kind: 'alarm', alarm })
      for (const settled of settleOldest(states.of(item.wearer), isoOf(item.sampledAt)))
        emit({ kind: 'alarm', alarm: settled })
      return
    }
    if (item.kind === 'handover') {
      for (const alarm of endCausesOf(states, item.wearer, item.device, item.at)) emit({ kind: 'alarm', alarm })
      return emit(item)
    }
    if (item.kind !== 'request' || item.request.action !== 'acknowledge') return emit(item)
    const { requestId } = item.request
    const answer = (response: { alarm: Alarm } | { detail: string }): void =>
      emit({
        kind: 'answer',
        respond: item.respond,
        response:
          'alarm' in response
            ? { schemaVersion, requestId, ok: true, alarm: response.alarm }
            : { schemaVersion, requestId, ok: false, error: 'not-found', detail: response.detail },
      })
    const found = acknowledge(states, item.request, item.at)
    if (found === undefined) return answer({ detail: `no open alarm "${item.request.alarm}" at gateway ${gateway}` })
    if (found.changed) emit({ kind: 'alarm', alarm: found.alarm })
    answer({ alarm: found.alarm })
  }
}

function takeFinding(gateway: string, states: KeyedState<WearerAlarms>, finding: Finding, past: boolean): Alarm[] {
  const known = states.peek(finding.wearer)
  // Nothing is, was, or begins: the usual case, which need not be written down again and again.
  if (!finding.abnormal && known?.active[keyOf(finding)] === undefined && known?.causes[keyOf(finding)] === undefined)
    return []
  const state = states.of(finding.wearer)
  const key = keyOf(finding)
  const { rule, type } = alarmTable[finding.code]
  const cause = (state.causes[key] ??= noCause())
  const activeId = state.active[key]
  const change = applyFinding(rule, cause, finding, activeId !== undefined)
  if (change.change === 'on') {
    const isOver = past && type === 'physiological' && finding.timing === 'stream'
    const alarm = newAlarm(gateway, finding, change.onset, change.params, isOver)
    // The same onset again is the same alarm: the cause had only paused.
    const earlier = state.alarms[alarm.id]
    state.active[key] = alarm.id
    if (earlier !== undefined && earlier.endedAt === undefined) return []
    return [keep(state, earlier === undefined ? alarm : reopened(earlier))]
  }
  const active = activeId === undefined ? undefined : state.alarms[activeId]
  if (active?.code === 'past-event' && finding.abnormal && !past) {
    // It began in what came late, and it still is.
    const { streamTime, at } = active
    const onset = { bootId: finding.bootId, tick: streamTime?.tick ?? finding.tick, sampledAt: microsOf(at) }
    const alarm = newAlarm(gateway, finding, onset, {}, false)
    state.active[key] = alarm.id
    return [keep(state, ended(active, isoOf(finding.sampledAt))), keep(state, alarm)]
  }
  if (change.change === 'none' || active === undefined) return []
  delete state.active[key]
  const over = ended(active, isoOf(change.end.sampledAt))
  return [keep(state, { ...over, ...(finding.timing === 'stream' && { endedTick: change.end.tick }) })]
}

function keyOf({ code, about, device }: Finding): string {
  return about === undefined ? `${code}/${device}` : `${code}/${device}/${about}`
}

function ended(alarm: Alarm, endedAt: string): Alarm {
  const state = alarm.state === 'active-acknowledged' ? 'normal' : 'returned-unacknowledged'
  return { ...alarm, state, endedAt, revision: alarm.revision + 1 }
}

/** What a device said of a wearer holds no longer when somebody else wears it, or nobody. */
function endCausesOf(states: KeyedState<WearerAlarms>, wearer: string, device: string, at: string): Alarm[] {
  const state = states.of(wearer)
  for (const key of Object.keys(state.causes)) if (key.split('/')[1] === device) delete state.causes[key]
  return Object.entries(state.active).flatMap(([key, id]) => {
    const alarm = state.alarms[id]
    if (alarm === undefined || !alarm.devices.includes(device)) return []
    delete state.active[key]
    return keep(state, ended(alarm, at))
  })
}

function newAlarm(gateway: string, finding: Finding, onset: Moment, counted: Alarm['params'], isOver: boolean): Alarm {
  const { device, wearer, evidence } = finding
  const code = isOver ? 'past-event' : finding.code
  const { type, priority } = alarmTable[code]
  const params = { ...finding.params, ...counted }
  const described = { code, devices: [device], params: isOver ? { ...params, pastCode: finding.code } : params }
  return {
    schemaVersion,
    id: [
      code,
      ...(isOver ? [finding.code] : []),
      ...(finding.about === undefined ? [] : [finding.about]),
      device,
      onset.bootId,
      onset.tick,
    ].join('.'),
    gateway,
    wearer,
    type,
    ...described,
    priority,
    state: 'active-unacknowledged',
    at: isoOf(onset.sampledAt),
    streamTime: { device, bootId: onset.bootId, tick: onset.tick },
    text: alarmText(described),
    ...(evidence !== undefined && { evidence }),
    revision: 1,
  }
}

function reopened(alarm: Alarm): Alarm {
  const again: Alarm = { ...alarm, state: 'active-unacknowledged', revision: alarm.revision + 1 }
  delete again.endedAt
  delete again.endedTick
  delete again.acknowledged
  return again
}

function keep(state: WearerAlarms, alarm: Alarm): Alarm {
  state.alarms[alarm.id] = alarm
  const settled = Object.values(state.alarms).filter((kept) => kept.state === 'normal')
  for (const { id } of settled.slice(0, Math.max(0, settled.length - keptSettled))) delete state.alarms[id]
  return alarm
}

/**
 * An alarm that is over and that nobody has acknowledged gives way when there are far more than anybody will answer. It is
 * told once more, as settled by the gateway, so that it does not stand on a wall where it can no longer be answered.
 */
function settleOldest(state: WearerAlarms, at: string): Alarm[] {
  const open = Object.values(state.alarms).filter((kept) => kept.state === 'returned-unacknowledged')
  return open.slice(0, Math.max(0, open.length - keptOpen)).map((alarm) =>
    keep(state, {
      ...alarm,
      state: 'normal',
      acknowledged: { by: 'gateway', comment: `more than ${keptOpen} alarms of this wearer were left unanswered`, at },
      revision: alarm.revision + 1,
    }),
  )
}

function acknowledge(
  states: KeyedState<WearerAlarms>,
  { alarm: id, by, comment }: Extract<Request, { action: 'acknowledge' }>,
  at: string,
): { alarm: Alarm; changed: boolean } | undefined {
  for (const [wearer, { alarms }] of states.entries()) {
    // Ids come from outside: `constructor` is no alarm.
    const alarm = Object.hasOwn(alarms, id) ? alarms[id] : undefined
    if (alarm === undefined) continue
    if (alarm.acknowledged !== undefined) return { alarm, changed: false }
    const acknowledged: Alarm = {
      ...alarm,
      state: alarm.endedAt === undefined ? 'active-acknowledged' : 'normal',
      acknowledged: { by, at, ...(comment !== undefined && { comment }) },
      revision: alarm.revision + 1,
    }
    return { alarm: keep(states.of(wearer), acknowledged), changed: true }
  }
  return undefined
}

/** Alarms of all wearers that are not back to normal. */
export function openAlarms(states: KeyedState<WearerAlarms>): Alarm[] {
  return [...states.entries()].flatMap(([, { alarms }]) =>
    Object.values(alarms).filter(({ state }) => state !== 'normal'),
  )
}
