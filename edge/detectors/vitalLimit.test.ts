import { describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { Flow } from '../flow.ts'
import { motions } from '../stages/motion.ts'
import { emitted, looks, ofKind, stamp } from '../testing/run.ts'
import { limitOf, wearerLimitsSchema } from '../wearerLimits.ts'
import { extremeHeartRate } from './extremeHeartRate.ts'
import { respirationRate } from './respirationRate.ts'
import { temperature } from './temperature.ts'

const values = (signal: SignalName, ...each: number[]): Flow[] =>
  each.map((value, i) => ({ kind: 'vital', ...stamp(60 + i), signal, value, from: 'device' }))
const everybody = limitOf([])

describe('limits of vital signs', () => {
  it('hold core temperature, with a band in which nothing is said', () => {
    const out = emitted(temperature(everybody).stage, values('temperature', 38.5, 38.6, 38.4, 38.1))
    expect(looks(out, 'temperature-high')).toEqual([true, false])
    expect(looks(emitted(temperature(everybody).stage, values('temperature', 34.9)), 'temperature-low')).toEqual([true])
  })

  it('say nothing of skin temperature', () => {
    const out = emitted(temperature(everybody).stage, values('skinTemperature', 41, 20))
    expect(ofKind(out, 'finding')).toEqual([])
  })

  it('hold extremes of the heart rate', () => {
    const out = emitted(extremeHeartRate(everybody).stage, values('heartRate', 200, 201, 40, 39))
    expect(looks(out, 'heart-rate-extreme')).toEqual([true, false, false])
    expect(looks(out, 'heart-rate-low')).toEqual([false, false, true])
  })

  it('hold breathing, fast breathing only where the wearer does not move', () => {
    const motion = motions()
    const { stage } = respirationRate(everybody, motion)
    expect(looks(emitted(stage, values('respirationRate', 31)), 'respiration-rate-high')).toEqual([true])
    motion.devices.of('d-1').recent = Array.from({ length: 20 }, (_, i) => ({ second: 45 + i, movement: 0.5 }))
    expect(looks(emitted(stage, values('respirationRate', 31)), 'respiration-rate-high')).toEqual([false])
    expect(looks(emitted(stage, values('respirationRate', 7)), 'respiration-rate-low')).toEqual([true])
  })

  it('are those of one wearer where somebody has set them, and name who did', () => {
    const own = limitOf([{ wearer: 'w-1', setBy: 'Dr. A', heartRateLowPerMinute: 32 }])
    const out = emitted(extremeHeartRate(own).stage, values('heartRate', 35, 31))
    expect(ofKind(out, 'finding').filter(({ abnormal }) => abnormal)).toMatchObject([
      { code: 'heart-rate-low', params: { value: 31, limit: 32, setBy: 'Dr. A' } },
    ])
    expect(own('w-2', 'heartRateLowPerMinute')).toEqual({ limit: 40 })
    expect(own('w-1', 'temperatureHighCelsius')).toEqual({ limit: 38.5 })
  })

  it('are refused without an author, and without a limit', () => {
    expect(wearerLimitsSchema.safeParse({ wearer: 'w-1', heartRateLowPerMinute: 32 }).success).toBe(false)
    expect(wearerLimitsSchema.safeParse({ wearer: 'w-1', setBy: 'Dr. A' }).success).toBe(false)
  })
})
