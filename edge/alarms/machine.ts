import type { Finding, Stage } from '../flow.ts'
import { schemaVersion, type Alarm, type Request } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { isoOf } from '../time.ts'
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

/** More open alarms than anybody could answer; beyond it the oldest that is over is no longer kept here. */
const keptAlarms = 500

export const wearerAlarms = (): KeyedState<WearerAlarms> =>
  new KeyedState(plainState<WearerAlarms>('alarms', 1, () => ({ causes: {}, active: {}, alarms: {} })))

/**
 * The one state machine for physiological and technical alarms: findings raise and end them, people acknowledge them. Each
 * change is an alarm message with a higher revision.
 */
export function raiseAlarms(gateway: string, states: KeyedState<WearerAlarms>): Stage {
  return (item, emit) => {
    if (item.kind === 'finding') {
      emit(item)
      const alarm = takeFinding(gateway, states, item)
      if (alarm !== undefined) emit({ kind: 'alarm', alarm })
      return
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

function takeFinding(gateway: string, states: KeyedState<WearerAlarms>, finding: Finding): Alarm | undefined {
  const state = states.of(finding.wearer)
  const key = `${finding.code}/${finding.device}`
  const { rule } = alarmTable[finding.code]
  const cause = (state.causes[key] ??= noCause())
  const activeId = state.active[key]
  const change = applyFinding(rule, cause, finding, activeId !== undefined)
  if (change.change === 'on') {
    const alarm = newAlarm(gateway, finding, change.onset, change.params)
    // The same onset again is the same alarm: the cause had only paused.
    const known = state.alarms[alarm.id]
    state.active[key] = alarm.id
    if (known !== undefined && known.endedAt === undefined) return undefined
    return keep(state, known === undefined ? alarm : reopened(known))
  }
  const active = activeId === undefined ? undefined : state.alarms[activeId]
  if (change.change === 'none' || active === undefined) return undefined
  delete state.active[key]
  return keep(state, {
    ...active,
    state: active.state === 'active-acknowledged' ? 'normal' : 'returned-unacknowledged',
    endedAt: isoOf(change.end.sampledAt),
    ...(finding.timing === 'stream' && { endedTick: change.end.tick }),
    revision: active.revision + 1,
  })
}

function newAlarm(gateway: string, finding: Finding, onset: Moment, counted: Alarm['params']): Alarm {
  const { code, device, wearer, evidence } = finding
  const { type, priority } = alarmTable[code]
  const described = { code, devices: [device], params: { ...finding.params, ...counted } }
  return {
    schemaVersion,
    id: `${code}.${device}.${onset.bootId}.${onset.tick}`,
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
  const over = Object.values(state.alarms).filter((kept) => kept.endedAt !== undefined)
  const settled = over.filter((kept) => kept.state === 'normal')
  const surplus = Object.keys(state.alarms).length - keptAlarms
  const spare = settled.length > 20 ? settled.slice(0, settled.length - 20) : surplus > 0 ? over.slice(0, surplus) : []
  for (const { id } of spare) delete state.alarms[id]
  return alarm
}

function acknowledge(
  states: KeyedState<WearerAlarms>,
  { alarm: id, by, comment }: Extract<Request, { action: 'acknowledge' }>,
  at: string,
): { alarm: Alarm; changed: boolean } | undefined {
  for (const [wearer, { alarms }] of states.entries()) {
    const alarm = alarms[id]
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
