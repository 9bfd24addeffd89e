import type { Detector } from './detector.ts'

/**
 * An oxygen saturation below the limit.
 *
 * @param limit percent
 */
export function spo2Low(limit: number): Detector {
  return {
    name: 'spo2-low',
    state: [],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'vital' || item.signal !== 'spo2') return
      const { kind: _kind, signal: _signal, value, ...stamp } = item
      emit({
        kind: 'finding',
        ...stamp,
        code: 'spo2-low',
        abnormal: value < limit,
        params: { spo2Percent: Math.round(value), limitPercent: limit },
        timing: 'stream',
      })
    },
  }
}
