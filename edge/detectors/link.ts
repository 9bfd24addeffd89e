import { stampOf, type Finding, type Stamp } from '../flow.ts'
import type { AlarmCode } from '../messages.ts'
import type { Contact } from '../stages/contact.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** What was told of a device to the one who wears it. */
interface Told {
  wearer: string
  off?: Contact['off']
  switchedOff?: true
}

/**
 * What the stream itself tells of the monitoring: a lead or the whole device off, switched off on purpose, rebooted, or a
 * stretch of stream time that never arrived.
 */
export function link(contacts: KeyedState<Contact>): Detector & { isOff: (device: string) => boolean } {
  const state = new KeyedState(plainState<Told>('link', 2, () => ({ wearer: '' })))
  const toldOf = ({ device, wearer }: Stamp): Told => {
    const known = state.peek(device)
    if (known?.wearer === wearer) return known
    // Whoever takes a device over is told how it stands.
    state.forget(device)
    return Object.assign(state.of(device), { wearer })
  }
  return {
    name: 'link',
    state: [state],
    isOff: (device) => state.peek(device)?.switchedOff === true,
    takes: ['handover', 'gap', 'restart', 'device-event', 'samples', 'vital'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'handover') state.forget(item.device)
      if (item.kind === 'gap') {
        const seconds = Math.round((item.untilTick - item.tick) / 1e5) / 10
        emit(found(item, 'data-gap', true, { seconds }))
        emit(found({ ...item, ...stampOf(item, item.untilTick) }, 'data-gap', false))
      }
      if (item.kind === 'restart') {
        emit(found(item, 'device-restarted', true))
        emit(found(item, 'device-restarted', false))
      }
      const isSessionEnd = item.kind === 'device-event' && item.code === 'session-end'
      if (item.kind !== 'samples' && item.kind !== 'vital' && item.kind !== 'device-event') return
      const told = toldOf(item)
      const contact = contacts.peek(item.device)
      // What the device did not say itself has an alarm of its own.
      const off = contact?.inferred ? undefined : contact?.off
      if (off !== told.off) {
        emit(found(item, 'lead-off', off !== undefined, off === undefined ? undefined : { what: off }))
        const changed = state.of(item.device)
        if (off === undefined) delete changed.off
        else changed.off = off
      }
      if (isSessionEnd && told.switchedOff !== true) {
        state.of(item.device).switchedOff = true
        emit(found(item, 'device-off', true))
      }
      if (item.kind !== 'device-event' && told.switchedOff === true) {
        delete state.of(item.device).switchedOff
        emit(found(item, 'device-off', false))
      }
    },
  }
}

function found(item: Stamp, code: AlarmCode, abnormal: boolean, params?: Record<string, number | string>): Finding {
  return {
    kind: 'finding',
    ...stampOf(item),
    code,
    abnormal,
    timing: 'stream',
    ...(params !== undefined && { params }),
  }
}
