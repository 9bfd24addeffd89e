import type { Reading } from '../../records.ts'

/** What one message says of the contact with the wearer; `lead-off` is a sensor that is unplugged from its device. */
export type Contact = 'on' | 'off-body' | 'lead-off'

/**
 * Turns what each message says of the contact into events: the first time that it is known, and on change. A device has one
 * state, and what ends it is the counterpart of the event that began it. A message may say nothing (undefined).
 */
export function contactEvents(): (now: Contact | undefined) => Reading[] {
  let last: Contact | undefined
  return (now) => {
    if (now === undefined || now === last) return []
    const code = now !== 'on' ? now : last === 'lead-off' ? 'lead-on' : 'on-body'
    last = now
    return [{ kind: 'event', code }]
  }
}
