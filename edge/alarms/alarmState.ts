import type { Alarm } from '../messages.ts'

/** Why a cause that holds is not announced, in the order in which the reasons count. */
export const withheldStates = ['out-of-service', 'suppressed', 'shelved'] as const
export type Withheld = (typeof withheldStates)[number]

export interface Facts {
  /** Whether any cause holds. */
  holds: boolean
  /** Whether somebody has acknowledged what was announced last. */
  acknowledged: boolean
  /** Whether it stands until it is acknowledged although it is over. */
  latching: boolean
  withheld: Withheld | undefined
}

/** The state of an alarm, which follows from a few facts alone, however it came to them (IEC 62682). */
export function alarmState({ holds, acknowledged, latching, withheld }: Facts): Alarm['state'] {
  if (holds) return withheld ?? (acknowledged ? 'active-acknowledged' : 'active-unacknowledged')
  return acknowledged || !latching || withheld !== undefined ? 'normal' : 'returned-unacknowledged'
}

export function isWithheld(state: Alarm['state']): state is Withheld {
  return (withheldStates as readonly string[]).includes(state)
}
