import { stampOf, type Finding, type Flow, type Stamp } from '../flow.ts'
import type { AlarmCode } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** What of a device's link is known to be wrong. */
interface Link {
  leadOff?: true
  off?: true
}

/**
 * What the stream itself tells of the monitoring: a lead or the whole device off, switched off on purpose, rebooted, or a
 * stretch of stream time that never arrived.
 */
export function link(): Detector & { isOff: (device: string) => boolean } {
  const state = new KeyedState(plainState<Link>('link', 1, () => ({})))
  return {
    name: 'link',
    state: [state],
    isOff: (device) => state.peek(device)?.off === true,
    stage(item, emit) {
      emit(item)
      switch (item.kind) {
        case 'gap': {
          const seconds = Math.round((item.untilTick - item.tick) / 1e5) / 10
          const end = { ...item, ...stampOf(item, item.untilTick) }
          emit(found(item, 'data-gap', true, { seconds }))
          return emit(found(end, 'data-gap', false))
        }
        case 'restart':
          emit(found(item, 'device-restarted', true))
          return emit(found(item, 'device-restarted', false))
        case 'device-event': {
          const known = state.of(item.device)
          if (item.code === 'lead-off' || item.code === 'off-body') {
            known.leadOff = true
            emit(found(item, 'lead-off', true, { what: item.code }))
          }
          if ((item.code === 'lead-on' || item.code === 'on-body') && known.leadOff) {
            delete known.leadOff
            emit(found(item, 'lead-off', false))
          }
          if (item.code === 'session-end') {
            known.off = true
            emit(found(item, 'device-off', true))
          }
          return
        }
        case 'samples':
        case 'vital': {
          if (state.peek(item.device)?.off !== true) return
          delete state.of(item.device).off
          return emit(found(item, 'device-off', false))
        }
        default:
      }
    },
  }
}

function found(
  item: Extract<Flow, Stamp>,
  code: AlarmCode,
  abnormal: boolean,
  params?: Record<string, number | string>,
): Finding {
  return {
    kind: 'finding',
    ...stampOf(item),
    code,
    abnormal,
    timing: 'stream',
    ...(params !== undefined && { params }),
  }
}
