import { describe, expect, it } from 'vitest'
import { alarmRates, sourceOf, type AlarmDay } from './alarmRates.ts'

const day = (more: Partial<AlarmDay>): AlarmDay => ({
  file: 'd',
  elapsedSeconds: 86_400,
  assessableSeconds: 43_200,
  physiological: {},
  technical: {},
  ...more,
})

describe('alarms a wearer-day', () => {
  it('are counted by source, over elapsed and over assessable time, with an exact interval', () => {
    const rates = alarmRates([
      day({ physiological: { 'ecg-anomaly': 2, pause: 1 }, technical: { 'lead-off': 4 } }),
      day({ physiological: { 'ecg-anomaly': 1 } }),
    ])
    expect(Object.keys(rates)).toEqual([
      'physiological',
      'autoencoder, ECG',
      'autoencoder, vital signs',
      'rule pause',
      'technical',
      'technical lead-off',
    ])
    expect(rates['physiological']).toMatchObject({ alarms: 4, elapsed: { days: 2, rate: 2 }, assessable: { rate: 4 } })
    expect(rates['autoencoder, ECG']!.elapsed.rate).toBe(1.5)
    // Garwood's table: 4 events, 1.090 to 10.242.
    expect(rates['physiological']!.elapsed.low).toBeCloseTo(1.09 / 2, 3)
    expect(rates['physiological']!.elapsed.high).toBeCloseTo(10.242 / 2, 3)
    // Nothing was told in two days: at most 3.689 / 2 a day.
    expect(rates['autoencoder, vital signs']).toMatchObject({ alarms: 0, elapsed: { rate: 0, low: 0 } })
    expect(rates['autoencoder, vital signs']!.elapsed.high).toBeCloseTo(3.689 / 2, 3)
  })

  it('have no rate over time in which nothing could be judged', () => {
    expect(alarmRates([day({ assessableSeconds: 0 })])['physiological']).not.toHaveProperty('assessable')
    expect(() => alarmRates([])).toThrow('expected stretches longer than 0 s')
  })

  it('name who raised them', () => {
    expect(sourceOf('vitals-anomaly', 'physiological')).toBe('autoencoder, vital signs')
    expect(sourceOf('fall', 'physiological')).toBe('rule fall')
  })
})
