import { findingAt } from '../flow.ts'
import { Irregularity, irregularitySettings, type IrregularityState } from '../rhythm/irregularity.ts'
import { KeyedState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** Beats not relied on for so long make what follows another time, µs. */
const forgottenMicros = 60_000_000

interface Watched {
  wearer: string
  irregularity: Irregularity
  previousGood: boolean
  lastTick: number
}

/**
 * Intervals without order for half a minute and more, as in atrial fibrillation. The interval
 * before a ventricular-like beat and the one after it say nothing of it; other single ectopic beats are filtered out.
 */
export function irregularRhythm(): Detector {
  const state = new KeyedState<Watched>({
    part: 'irregular-rhythm',
    version: 1,
    create: () => ({ wearer: '', irregularity: new Irregularity(), previousGood: false, lastTick: 0 }),
    snapshot: ({ irregularity, ...rest }) => ({ ...rest, irregularity: irregularity.snapshot() }),
    restore(saved) {
      const { irregularity, ...rest } = saved as Omit<Watched, 'irregularity'> & { irregularity: IrregularityState }
      return { ...rest, irregularity: Irregularity.restore(irregularity) }
    },
  })
  return {
    name: 'irregular-rhythm',
    state: [state],
    takes: ['restart', 'handover', 'beat'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover') state.forget(item.device)
      if (item.kind !== 'beat') return
      if (state.peek(item.device)?.wearer !== item.wearer) state.forget(item.device)
      const watched = state.of(item.device)
      watched.wearer = item.wearer
      const { quality, rrSeconds } = item.beat
      const good = !quality.artifact && !quality.saturated && item.label !== 'ventricular'
      const usable = good && watched.previousGood && rrSeconds !== undefined && rrSeconds < 3
      watched.previousGood = good
      if (!usable) return
      if (item.tick - watched.lastTick > forgottenMicros) watched.irregularity.clear()
      watched.lastTick = item.tick
      const index = watched.irregularity.push(rrSeconds)
      if (index === undefined) return
      const params = { index: Math.round(index * 100) / 100 }
      emit(findingAt(item, item.tick, 'irregular-rhythm', index > irregularitySettings.irregularAbove, params))
    },
  }
}
