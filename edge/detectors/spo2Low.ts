import { stampOf } from '../flow.ts'
import type { Detector } from './detector.ts'

/**
 * An oxygen saturation below the limit, as a device measures it: what we make of its waveforms knows nothing of its sensor's own
 * curve, is shown, and raises nothing.
 *
 * @param limit percent
 */
export function spo2Low(limit: number): Detector {
  return {
    name: 'spo2-low',
    state: [],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'vital' || item.signal !== 'spo2' || item.from === 'waveform') return
      emit({
        kind: 'finding',
        ...stampOf(item),
        code: 'spo2-low',
        abnormal: item.value < limit,
        params: { spo2Percent: Math.round(item.value), limitPercent: limit },
        timing: 'stream',
      })
    },
  }
}
