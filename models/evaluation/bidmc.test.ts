import { describe, expect, test } from 'vitest'
import { bidmcMetrics, judgeBidmc, type BidmcRecord, type BidmcTold } from './bidmc.ts'

const marks = (everySeconds: number) => Array.from({ length: 40 }, (_, i) => i * everySeconds)
const record = (one: number, other: number): BidmcRecord => ({
  name: 'r',
  ecg: new Float32Array(0),
  ppg: new Float32Array(0),
  numerics: Array.from({ length: 61 }, (_, seconds) => ({
    seconds,
    heartRate: 70,
    pulse: seconds < 30 ? NaN : seconds,
  })),
  breaths: [marks(one), marks(other)],
})
const told = (perMinute: (seconds: number) => number, from = 0): BidmcTold[keyof BidmcTold] =>
  Array.from({ length: 61 - from }, (_, i) => ({ seconds: from + i, perMinute: perMinute(from + i) }))
const all = (rates: BidmcTold['respiration']): BidmcTold => ({
  ecgHeartRate: rates,
  ppgHeartRate: rates,
  ecgRespiration: rates,
  ppgRespiration: rates,
  respiration: rates,
})

describe('judgeBidmc', () => {
  test('holds breath against the mean of both annotators, from the first whole window on', () => {
    const { respiration } = judgeBidmc(record(4, 3.75), all(told(() => 16)))
    expect(respiration.meanAbsoluteError).toBeCloseTo(0.5, 6)
    expect(respiration).toMatchObject({ coverage: 1, seconds: 29 })
  })

  test('leaves out where annotators are more than 2 a minute apart', () => {
    expect(judgeBidmc(record(4, 3), all(told(() => 16))).respiration.seconds).toBe(0)
  })

  test('holds PULSE against what was told 7 s before, and beside it without', () => {
    const { ppgHeartRate, ppgHeartRateUndelayed } = judgeBidmc(record(4, 4), all(told((s) => s)))
    expect(ppgHeartRate.meanAbsoluteError).toBe(7)
    expect(ppgHeartRateUndelayed.meanAbsoluteError).toBe(0)
  })

  test('an estimate counts until it is 2 s old; silence costs coverage alone', () => {
    const { ecgHeartRate } = judgeBidmc(record(4, 4), all(told(() => 71, 50).slice(0, 1)))
    expect(ecgHeartRate).toEqual({ meanAbsoluteError: 1, coverage: 2 / 53, seconds: 53 })
    const none = judgeBidmc(record(4, 4), all([]))
    expect(none.ecgHeartRate).toEqual({ meanAbsoluteError: NaN, coverage: 0, seconds: 53 })
    const metrics = bidmcMetrics([none, judgeBidmc(record(4, 4), all(told(() => 71)))])
    expect(metrics['ecgHeartRate.meanAbsoluteError']).toBe(1)
    expect(metrics['ecgHeartRate.coverage']).toBe(0.5)
  })
})
