import type { SegmentQuality } from '../../models/inputs/ecgQuality.ts'
import { canFindBeats } from '../stages/beats.ts'
import type { Contact } from '../stages/contact.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { endTick, stampOf } from '../flow.ts'
import type { Detector } from './detector.ts'

interface SinceBeat {
  /** Stream time of the last beat, or of the moment since when beats could have been seen, µs; null: no ECG now. */
  tick: number | null
}

/** Four seconds without a beat, µs; a beat is known at most half a second after its peak. */
const silentMicros = 4_500_000

/**
 * An ECG without beats. With good contact that is asystole and not a flat line; where the device cannot tell whether an
 * electrode is off, or the signal moves or is cut off so that beats could hide in it, the alarm says so.
 */
export function noBeats(
  contacts: KeyedState<Contact>,
  segmentOf: (device: string) => SegmentQuality | undefined = () => undefined,
): Detector {
  const state = new KeyedState(plainState<SinceBeat>('no-beats', 1, () => ({ tick: null })))
  return {
    name: 'no-beats',
    state: [state],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'gap' || item.kind === 'restart') state.of(item.device).tick = null
      if (item.kind === 'beat') {
        state.of(item.device).tick = item.tick
        emit({ kind: 'finding', ...stampOf(item), code: 'no-beats', abnormal: false, timing: 'stream' })
      }
      if (item.kind !== 'samples' || item.signal !== 'ecg' || !canFindBeats(item.rateHz)) return
      const since = state.of(item.device)
      if (contacts.peek(item.device)?.off !== undefined || Number.isNaN(item.values.at(-1))) {
        since.tick = null
        return
      }
      since.tick ??= item.tick
      const end = endTick(item)
      if (end - since.tick < silentMicros) return
      const contact = contacts.peek(item.device)?.detects === true ? 'good' : 'unknown'
      const signal = segmentOf(item.device)
      emit({
        kind: 'finding',
        ...stampOf(item, since.tick),
        code: 'no-beats',
        abnormal: true,
        params: { seconds: Math.floor((end - since.tick) / 1e6), contact, ...(signal !== undefined && { signal }) },
        timing: 'stream',
      })
    },
  }
}
