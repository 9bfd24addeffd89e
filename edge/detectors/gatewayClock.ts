import { gatewayFinding } from '../gatewayFinding.ts'
import { clockSet } from '../stages/clockSet.ts'
import type { Detector } from './detector.ts'

/**
 * Tells that the gateway's own clock was set while it ran, and by how much: times that it gave before and after do not fit
 * together. Over when it is told.
 */
export function gatewayClock(): Detector {
  const setBy = clockSet()
  return {
    name: 'gateway-clock',
    state: [],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'tick') return
      const by = setBy(item)
      if (by === 0) return
      const told = { code: 'gateway-clock-step' as const, params: { seconds: Math.round(by / 1e5) / 10 } }
      for (const abnormal of [true, false]) emit(gatewayFinding(item.now, { ...told, abnormal }))
    },
  }
}
