import { ecgQualityLimits } from '../../models/inputs/ecgQuality.ts'
import { findingAt } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Contact } from '../stages/contact.ts'
import type { Detector } from './detector.ts'

/** AHA practice standards (Sandau 2017) and the ACC/AHA/HRS bradycardia guideline (2018): pauses from 3 s on are told. */
const pauseSeconds = 3
/** What was longer has been told as `no-beats` while it lasted. */
const toldAsNoBeatsSeconds = 6

interface Before {
  /** The beat before could be relied on. */
  good: boolean
}

/** A beat missing for three seconds or more between two good ones, with the electrodes on; known when the heart beats again. */
export function pause(contacts: KeyedState<Contact>): Detector {
  const state = new KeyedState(plainState<Before>('pause', 1, () => ({ good: false })))
  return {
    name: 'pause',
    state: [state],
    takes: ['restart', 'handover', 'gap', 'beat'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover' || item.kind === 'gap') state.forget(item.device)
      if (item.kind !== 'beat') return
      const { rrSeconds, quality } = item.beat
      const before = state.of(item.device)
      const good =
        !quality.artifact && !quality.saturated && quality.complete && quality.ambient <= ecgQualityLimits.quietAmbient
      const isPause =
        good &&
        before.good &&
        contacts.peek(item.device)?.off === undefined &&
        rrSeconds !== undefined &&
        rrSeconds >= pauseSeconds &&
        rrSeconds < toldAsNoBeatsSeconds
      before.good = good
      if (isPause) {
        const params = { seconds: Math.round(rrSeconds * 10) / 10 }
        emit(findingAt(item, item.tick - Math.round(rrSeconds * 1e6), 'pause', true, params))
      }
      emit(findingAt(item, item.tick, 'pause', false))
    },
  }
}
