import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Stage } from '../flow.ts'

/** Whether a device touches its wearer, as far as it can tell. */
export interface Contact {
  /** Why nothing can be judged now: an electrode or the whole device is off. */
  off?: 'lead-off' | 'off-body'
  /** The device said that it can tell. */
  detects: boolean
}

export const contacts = (): KeyedState<Contact> =>
  new KeyedState(plainState<Contact>('contact', 1, () => ({ detects: false })))

/** Remembers what each device says of its contact; a reboot says that nothing is known to be off. */
export function keepContact(states: KeyedState<Contact>): Stage {
  return (item, emit) => {
    if (item.kind === 'said' && item.record.kind === 'hello')
      states.of(item.device).detects = item.record.detectsContact
    if (item.kind === 'restart') delete states.of(item.device).off
    if (item.kind === 'device-event') {
      if (item.code === 'lead-off' || item.code === 'off-body') states.of(item.device).off = item.code
      if (item.code === 'lead-on' || item.code === 'on-body') delete states.of(item.device).off
    }
    emit(item)
  }
}
