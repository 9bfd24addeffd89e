import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Stage } from '../flow.ts'

/** Whether a device touches its wearer, as far as it can tell. */
export interface Contact {
  /** Why nothing can be judged now: an electrode or the whole device is off. */
  off?: 'lead-off' | 'off-body'
  /** `off` is not what the device said, but what follows from how it lies and what it measures. */
  inferred?: true
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
    const isTold = item.kind === 'device-event' && ['lead-off', 'off-body', 'lead-on', 'on-body'].includes(item.code)
    if (item.kind === 'restart' || (isTold && states.peek(item.device)?.inferred)) {
      const contact = states.of(item.device)
      delete contact.off
      delete contact.inferred
    }
    if (item.kind === 'device-event') {
      if (item.code === 'lead-off' || item.code === 'off-body') states.of(item.device).off = item.code
      if (item.code === 'lead-on' || item.code === 'on-body') delete states.of(item.device).off
    }
    emit(item)
  }
}
