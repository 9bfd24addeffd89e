import { gatewayFinding } from '../gatewayFinding.ts'
import { clockSet } from '../stages/clockSet.ts'
import { isoOf } from '../time.ts'
import type { Detector } from './detector.ts'

/**
 * The record of a correction: the gateway's own clock was set while it ran. At one moment it would have said `from` and said
 * `to`, `seconds` later: so much is to be added to times that it gave before by arrival. Over when it is told.
 */
export function gatewayClock(): Detector {
  const setBy = clockSet()
  return {
    name: 'gateway-clock',
    state: [],
    takes: ['tick'],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'tick') return
      const by = setBy(item)
      if (by === 0) return
      const params = { seconds: Math.round(by / 1000) / 1000, from: isoOf(item.now - by), to: isoOf(item.now) }
      const told = { code: 'gateway-clock-step' as const, params }
      for (const abnormal of [true, false]) emit(gatewayFinding(item.now, { ...told, abnormal }))
    },
  }
}
