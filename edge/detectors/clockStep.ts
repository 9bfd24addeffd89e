import { stampOf } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** What a device takes for the time of day. */
interface OwnTime {
  bootId?: number
  /** Its time of day at tick 0, µs since the epoch. */
  epoch?: number
  /** It was set by so much, and nobody has been told yet, µs. */
  step?: number
}

/** Time of day and ticks hang on one crystal; what differs by more than this was set, µs. */
const stepMicros = 2_000_000

/**
 * The device's own time of day has jumped against its ticks: somebody or something set it. Gateway time of the boot's samples stays
 * as it is, as it was fixed before.
 */
export function clockStep(): Detector {
  const state = new KeyedState(plainState<OwnTime>('own-time', 1, () => ({})))
  return {
    name: 'clock-step',
    state: [state],
    takes: ['said', 'samples', 'vital'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'said' && item.record.kind === 'time') {
        const { bootId, epochMicros, tick } = item.record
        const own = state.of(item.device)
        const epoch = epochMicros - tick
        const step = own.bootId === bootId && own.epoch !== undefined ? epoch - own.epoch : 0
        if (own.bootId !== bootId) delete own.step
        Object.assign(own, { bootId, epoch })
        // A step that is taken back before anybody could be told was none.
        const sum = (own.step ?? 0) + step
        if (Math.abs(sum) > stepMicros) own.step = sum
        else delete own.step
      }
      if (item.kind !== 'samples' && item.kind !== 'vital') return
      const { step, bootId } = state.peek(item.device) ?? {}
      if (step === undefined || bootId !== item.bootId) return
      delete state.of(item.device).step
      const found = { kind: 'finding', ...stampOf(item), code: 'clock-step', timing: 'stream' } as const
      emit({ ...found, abnormal: true, params: { seconds: Math.round(step / 1e6) } })
      emit({ ...found, abnormal: false })
    },
  }
}
