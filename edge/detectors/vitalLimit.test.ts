import { describe, expect, it } from 'vitest'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { alarmText } from '../alarms/text.ts'
import type { Flow, Vital } from '../flow.ts'
import { motions } from '../stages/motion.ts'
import { emitted, looks, ofKind, stamp } from '../testing/run.ts'
import { LimitBook } from '../wearerLimits.ts'
import { vitalLimits } from './vitalLimit.ts'

const values = (signal: SignalName, ...each: number[]): Flow[] =>
  each.map((value, i) => ({ kind: 'vital', ...stamp(60 + i), signal, value, from: 'device' }))
const run = (items: readonly Flow[], book = new LimitBook([]), motion = motions()) =>
  emitted(vitalLimits(book.of, motion).stage, items)

describe('limits of vital signs', () => {
  it('hold core temperature, with a band in which nothing is said', () => {
    expect(looks(run(values('temperature', 38.5, 38.6, 38.4, 38.1)), 'temperature-high')).toEqual([true, false])
    expect(looks(run(values('temperature', 34.9)), 'temperature-low')).toEqual([true])
  })

  it('say nothing of skin temperature, nor of what is no number', () => {
    expect(ofKind(run(values('skinTemperature', 41, 20)), 'finding')).toEqual([])
    expect(ofKind(run(values('heartRate', NaN)), 'finding')).toEqual([])
  })

  it('hold extremes of the heart rate', () => {
    const out = run(values('heartRate', 200, 201, 40, 39))
    expect(looks(out, 'heart-rate-extreme')).toEqual([true, false, false])
    expect(looks(out, 'heart-rate-low')).toEqual([false, false, true])
  })

  it('hold breathing, fast breathing only where the wearer does not move', () => {
    const motion = motions()
    expect(looks(run(values('respirationRate', 31), undefined, motion), 'respiration-rate-high')).toEqual([true])
    motion.devices.of('d-1').recent = Array.from({ length: 20 }, (_, i) => ({ second: 45 + i, movement: 0.5 }))
    expect(looks(run(values('respirationRate', 31), undefined, motion), 'respiration-rate-high')).toEqual([false])
    expect(looks(run(values('respirationRate', 7), undefined, motion), 'respiration-rate-low')).toEqual([true])
  })

  it('hold oxygen saturation that a device measures, and say nothing of what was made from waveforms', () => {
    expect(looks(run(values('spo2', 88, 87.9)), 'spo2-low')).toEqual([false, true])
    const made = values('spo2', 70).map((item) => ({ ...(item as Vital), from: 'waveform' as const }))
    expect(looks(run(made), 'spo2-low')).toEqual([])
  })

  it('hold both blood pressures, each a cause of its own, and say which', () => {
    const high = [...values('bloodPressureSystolic', 181), ...values('bloodPressureDiastolic', 121)]
    const low = [...values('bloodPressureSystolic', 89), ...values('bloodPressureDiastolic', 39)]
    const found = ofKind(run([...high, ...low]), 'finding').filter(({ abnormal }) => abnormal)
    expect(found.map(({ code, about }) => [code, about])).toEqual([
      ['blood-pressure-high', 'systolic'],
      ['blood-pressure-high', 'diastolic'],
      ['blood-pressure-low', 'systolic'],
      ['blood-pressure-low', 'diastolic'],
    ])
    expect(alarmText({ code: 'blood-pressure-high', params: found[0]!.params!, devices: ['d-1'] })).toBe(
      'Blood pressure, systolic, 181 mmHg, limit 180 mmHg',
    )
    expect(looks(run(values('bloodPressureSystolic', 178, 175)), 'blood-pressure-high')).toEqual([false])
  })

  it('are held against each device, also one that another one speaks for', () => {
    const spare = values('spo2', 80).map((item) => ({ ...(item as Vital), spare: true as const }))
    expect(looks(run(spare), 'spo2-low')).toEqual([true])
  })

  it('are those of one wearer where somebody has set them, and name who did', () => {
    const own = new LimitBook([{ wearer: 'w-1', setBy: 'Dr. A', heartRateLowPerMinute: 32, spo2LowPercent: 80 }])
    const out = run([...values('heartRate', 35, 31), ...values('spo2', 81, 79)], own)
    expect(ofKind(out, 'finding').filter(({ abnormal }) => abnormal)).toMatchObject([
      { code: 'heart-rate-low', params: { value: 31, limit: 32, setBy: 'Dr. A' } },
      { code: 'spo2-low', params: { spo2Percent: 79, limitPercent: 80, setBy: 'Dr. A' } },
    ])
  })
})
