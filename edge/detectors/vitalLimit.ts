import type { SignalName } from '../../firmware-bridge/signals.ts'
import { findingAt, type Vital } from '../flow.ts'
import type { LimitName } from '../limits.ts'
import type { AlarmCode } from '../messages.ts'
import { activityAt, type Motion } from '../stages/motion.ts'
import type { LimitOf } from '../wearerLimits.ts'
import type { Detector } from './detector.ts'

/** A limit that one signal is held against, above or below. */
interface VitalLimit {
  code: AlarmCode
  signal: SignalName
  side: 'above' | 'below'
  limit: LimitName
  /** It is over once the value is back by so much; in between nothing is said. 0: it is over at the limit. */
  backBy: number
  /** Tells apart limits of one code. */
  about?: string
  /** It counts at rest only, or where activity is unknown, and says which; elsewhere nothing is wrong. */
  atRest?: true
  /** What a device itself measures only. */
  deviceOnly?: true
  /** Names of value and limit in the alarm's parameters; absent: `value` and `limit`. */
  names?: readonly [value: string, limit: string]
}

const heartRate = { signal: 'heartRate' } as const
const breathing = { signal: 'respirationRate' } as const
/** Core temperature; the skin's is another signal and says nothing of fever. */
const core = { signal: 'temperature', backBy: 0.3 } as const
const systolic = { signal: 'bloodPressureSystolic', about: 'systolic', backBy: 5 } as const
const diastolic = { signal: 'bloodPressureDiastolic', about: 'diastolic', backBy: 5 } as const

const limits: readonly VitalLimit[] = [
  {
    code: 'heart-rate-high-at-rest',
    ...heartRate,
    side: 'above',
    limit: 'heartRateHighAtRestPerMinute',
    backBy: 0,
    // Not within two minutes of an effort either, while the heart comes back from it.
    atRest: true,
    names: ['heartRatePerMinute', 'limitPerMinute'],
  },
  { code: 'heart-rate-extreme', ...heartRate, side: 'above', limit: 'heartRateExtremePerMinute', backBy: 5 },
  { code: 'heart-rate-low', ...heartRate, side: 'below', limit: 'heartRateLowPerMinute', backBy: 2 },
  {
    code: 'respiration-rate-high',
    ...breathing,
    side: 'above',
    limit: 'respirationRateHighPerMinute',
    backBy: 2,
    atRest: true,
  },
  { code: 'respiration-rate-low', ...breathing, side: 'below', limit: 'respirationRateLowPerMinute', backBy: 1 },
  { code: 'temperature-high', ...core, side: 'above', limit: 'temperatureHighCelsius' },
  { code: 'temperature-low', ...core, side: 'below', limit: 'temperatureLowCelsius' },
  {
    code: 'spo2-low',
    signal: 'spo2',
    side: 'below',
    limit: 'spo2LowPercent',
    backBy: 0,
    // What is made of two colours here knows nothing of its sensor's own curve.
    deviceOnly: true,
    names: ['spo2Percent', 'limitPercent'],
  },
  { code: 'blood-pressure-high', ...systolic, side: 'above', limit: 'bloodPressureSystolicHighMmHg' },
  { code: 'blood-pressure-low', ...systolic, side: 'below', limit: 'bloodPressureSystolicLowMmHg' },
  { code: 'blood-pressure-high', ...diastolic, side: 'above', limit: 'bloodPressureDiastolicHighMmHg' },
  { code: 'blood-pressure-low', ...diastolic, side: 'below', limit: 'bloodPressureDiastolicLowMmHg' },
]

const limitsOf: Partial<Record<SignalName, VitalLimit[]>> = {}
for (const row of limits) (limitsOf[row.signal] ??= []).push(row)

/**
 * Holds every vital sign against the wearer's limits: each device's own, so that what one measures is never hidden by another. Rest is as
 * the same device's accelerometer tells, or another one's of the wearer; without any it cannot be told from exercise, so that
 * the limit then holds and the alarm says that activity is unknown.
 */
export function vitalLimits(limitOf: LimitOf, motion: Motion): Detector {
  return {
    name: 'vital-limits',
    state: [],
    takes: ['vital'],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'vital' || !Number.isFinite(item.value)) return
      for (const row of limitsOf[item.signal] ?? []) {
        if (row.deviceOnly && item.from !== 'device') continue
        const { limit, setBy } = limitOf(item.wearer, row.limit)
        const activity = row.atRest && activityOf(item, motion)
        const counts = activity === undefined || activity === 'rest' || activity === 'unknown'
        const beyond = row.side === 'above' ? item.value - limit : limit - item.value
        if (counts && beyond <= 0 && beyond > -row.backBy) continue
        const [value, name] = row.names ?? ['value', 'limit']
        const params: Record<string, number | string> = {}
        params[value] = rounded(item)
        params[name] = limit
        if (row.about !== undefined) params.which = row.about
        if (activity !== undefined) params.activity = activity
        if (setBy !== undefined) params.setBy = setBy
        const finding = findingAt(item, item.tick, row.code, counts && beyond > 0, params)
        if (row.about !== undefined) finding.about = row.about
        emit(finding)
      }
    },
  }
}

function activityOf({ device, wearer, tick, sampledAt }: Vital, { devices, wearers }: Motion) {
  const own = activityAt(devices.peek(device), tick)
  return own === 'unknown' ? activityAt(wearers.peek(wearer), sampledAt) : own
}

function rounded({ signal, value }: Vital): number {
  return signal === 'temperature' ? Math.round(value * 10) / 10 : Math.round(value)
}
