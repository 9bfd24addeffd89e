import type { SignalName } from '../../firmware-bridge/signals.ts'
import { stampOf, type Vital } from '../flow.ts'
import type { AlarmCode } from '../messages.ts'
import type { LimitName, LimitOf } from '../wearerLimits.ts'
import type { Detector } from './detector.ts'

/** A limit that one signal is held against, above or below. */
export interface VitalLimit {
  code: AlarmCode
  signal: SignalName
  side: 'above' | 'below'
  limit: LimitName
  /** It is over once the value is back by so much; in between nothing is said. */
  backBy: number
  /** Whether the limit counts now; where it does not, nothing is wrong. Absent: always. */
  counts?: (item: Vital) => boolean
}

/** Holds one vital sign against its limits; skin temperature and core temperature are two signals. */
export function vitalLimits(name: string, limits: readonly VitalLimit[], limitOf: LimitOf): Detector {
  return {
    name,
    state: [],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'vital' || !Number.isFinite(item.value)) return
      for (const { code, signal, side, limit: limitName, backBy, counts } of limits) {
        if (item.signal !== signal) continue
        const { limit, setBy } = limitOf(item.wearer, limitName)
        const beyond = side === 'above' ? item.value - limit : limit - item.value
        const counted = counts?.(item) ?? true
        if (counted && beyond <= 0 && beyond > -backBy) continue
        emit({
          kind: 'finding',
          ...stampOf(item),
          code,
          abnormal: counted && beyond > 0,
          params: { value: Math.round(item.value * 10) / 10, limit, ...(setBy !== undefined && { setBy }) },
          timing: 'stream',
        })
      }
    },
  }
}
