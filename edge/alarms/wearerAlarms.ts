import type { Alarm, AlarmCode } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { CauseWatch } from './causes.ts'

/** Everything the machine knows of one wearer; of the gateway itself under the empty name. */
export interface WearerAlarms {
  /** By code, device and what it is about. */
  causes: Record<string, CauseWatch>
  /** The alarm whose cause holds now, by the same. */
  active: Record<string, string>
  /** By id: every alarm that is not back to normal, and the last few that are, so that a late acknowledgement finds them. */
  alarms: Record<string, Alarm>
  /** Codes that a person does not want to hear of for a while. */
  shelves?: Partial<Record<AlarmCode, Shelf>>
}

export interface Shelf {
  by: string
  why: string
  /** ISO 8601 UTC, by the wall clock. */
  at: string
  until: string
}

/** More alarms that are over than anybody will answer: beyond it the oldest are settled by the gateway. */
const keptOpen = 200
/** Alarms back to normal that are kept so that a late acknowledgement finds them. */
const keptSettled = 20

export const wearerAlarms = (): KeyedState<WearerAlarms> =>
  new KeyedState(plainState<WearerAlarms>('alarms', 1, () => ({ causes: {}, active: {}, alarms: {} })))

/** Puts an alarm in place; the oldest that are back to normal give way. */
export function keep(state: WearerAlarms, alarm: Alarm): Alarm {
  state.alarms[alarm.id] = alarm
  const settled = Object.values(state.alarms).filter((kept) => kept.state === 'normal')
  for (const { id } of settled.slice(0, Math.max(0, settled.length - keptSettled))) delete state.alarms[id]
  return alarm
}

/**
 * An alarm that is over and that nobody has acknowledged gives way when there are far more than anybody will answer. It is
 * told once more, as settled by the gateway, so that it does not stand on a wall where it can no longer be answered.
 */
export function settleOldest(state: WearerAlarms, at: string): Alarm[] {
  const open = Object.values(state.alarms).filter((kept) => kept.state === 'returned-unacknowledged')
  const comment = `more than ${keptOpen} alarms of this wearer were left unanswered`
  return open.slice(0, Math.max(0, open.length - keptOpen)).map((alarm) => {
    const acknowledged = { by: 'gateway', comment, at }
    return keep(state, { ...alarm, state: 'normal', acknowledged, revision: alarm.revision + 1 })
  })
}

/** Alarms of all wearers, and of the gateway itself, that are not back to normal. */
export function openAlarms(states: KeyedState<WearerAlarms>): Alarm[] {
  return [...states.entries()].flatMap(([, { alarms }]) =>
    Object.values(alarms).filter(({ state }) => state !== 'normal'),
  )
}

/** Changes what stands beside the state of an alarm that is not back to normal, as its next revision. */
export function amend(
  states: KeyedState<WearerAlarms>,
  { id, wearer }: Alarm,
  changes: Pick<Alarm, 'escalation'>,
): Alarm | undefined {
  const known = states.peek(wearer ?? '')?.alarms[id]
  if (known === undefined || known.state === 'normal') return undefined
  return keep(states.of(wearer ?? ''), { ...known, ...changes, revision: known.revision + 1 })
}
