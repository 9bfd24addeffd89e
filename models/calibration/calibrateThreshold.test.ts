import { describe, expect, it } from 'vitest'
import { alarmLogicOf } from '../cli/alarmLogics.ts'
import { countAlarms } from './alarmLogic.ts'
import { calibrateThreshold } from './calibrateThreshold.ts'
import { calibrationSchema } from './calibration.ts'
import { scoreProcesses } from './simulatedScores.testing.ts'
import type { WearerScores } from './wearerScores.ts'

const logic = alarmLogicOf('vitals-anomaly')
const simulate = scoreProcesses['log-normal, slow']!(60)
const wearers = (count: number, days: number) => Array.from({ length: count }, (_, i) => simulate(i + 1, days))

describe('a threshold from a budget', () => {
  it('says where it comes from, in what the schema allows', () => {
    const calibration = calibrateThreshold(wearers(30, 2), logic, { budget: 1 })
    expect(calibrationSchema.parse(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration)
    expect(calibration).toMatchObject({ supported: true, method: 'peaks-over-threshold', wearers: 30, leftOut: [] })
    expect(calibration.extrapolation.expectedAlarms).toBeCloseTo(60, 0)
    expect(calibration.tail!.clusters).toBeLessThan(calibration.tail!.exceedances)
    expect(calibration.predicted.low).toBeLessThan(1)
    expect(calibration.predicted.high).toBeGreaterThan(1)
  })

  it('is higher for a smaller budget', () => {
    const data = wearers(20, 2)
    const thresholds = [2, 1, 0.5].map((budget) => calibrateThreshold(data, logic, { budget }).threshold)
    expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b))
  })

  it('is the same for the same data and seed', () => {
    const data = wearers(15, 2)
    expect(calibrateThreshold(data, logic, { budget: 1 })).toEqual(calibrateThreshold(data, logic, { budget: 1 }))
  })

  it('follows the scores’ unit', () => {
    const data = wearers(15, 2)
    const thousandfold = data.map((scores) => ({ ...scores, score: scores.score.map((score) => 1024 * score) }))
    const [one, other] = [data, thousandfold].map((each) => calibrateThreshold(each, logic, { budget: 1 }))
    expect(other!.threshold / one!.threshold).toBeCloseTo(1024, 4)
  })

  it('takes nobody for two, and no score that is no number', () => {
    const [one, other, ...more] = wearers(12, 1) as [WearerScores, WearerScores, ...WearerScores[]]
    const calibrate = (data: WearerScores[]) => () => calibrateThreshold(data, logic, { budget: 1 })
    expect(calibrate([one, { ...other, wearer: one.wearer }, ...more])).toThrow('wearers: expected different ones')
    expect(calibrate([one, { ...one, wearer: 'another' }, ...more])).toThrow(
      `wearers: expected different ones, received another with the scores of ${one.wearer}`,
    )
    for (const value of [NaN, Infinity]) {
      const broken = { ...other, score: other.score.with(7, value) }
      expect(calibrate([one, broken, ...more])).toThrow(
        `scores of ${other.wearer}: expected finite numbers, received ${value} at 7`,
      )
    }
  })

  it('promises nothing from a few hours, and gives the block quantile', () => {
    const data = wearers(4, 0.5)
    const calibration = calibrateThreshold(data, logic, { budget: 0.5 })
    expect(calibration.supported).toBe(false)
    expect(calibration.why).toBe('budget unsupported: expected at least 12 wearers, received 4')
    expect(calibration.method).toBe('block-quantile')
    const { share, resolvedAlarmsPerWearerDay } = calibration.blockQuantile!
    expect(share).toBeLessThan(1)
    expect(resolvedAlarmsPerWearerDay).toBeGreaterThan(0)
    // 44 blocks leave one in 45 above the highest: nothing in these data is.
    expect(data.reduce((sum, scores) => sum + countAlarms(scores, logic, calibration.threshold), 0)).toBe(0)
  })

  it('promises nothing from one wearer, however long', () => {
    const calibration = calibrateThreshold(wearers(1, 60), logic, { budget: 1 })
    expect(calibration.supported).toBe(false)
    expect(calibration.why).toBe('budget unsupported: expected at least 12 wearers, received 1')
    // A share of the blocks that one alarm a day leaves without one.
    expect(calibration.blockQuantile!.share).toBeCloseTo(Math.exp(-1 / 23.6), 2)
    expect(calibration.counted.alarmsPerWearerDay).toBeGreaterThan(0.5)
    expect(calibration.counted.alarmsPerWearerDay).toBeLessThan(2)
  })

  it('promises nothing where the budget is more than alarms can stand apart', () => {
    const calibration = calibrateThreshold(wearers(15, 1), logic, { budget: 200 })
    expect(calibration.why).toMatch(/^budget unsupported: alarms run together/)
  })

  it('names wearers with less than a block', () => {
    const data = [...wearers(12, 3), { ...simulate(99, 0.02), wearer: 'short' }]
    expect(calibrateThreshold(data, logic, { budget: 1 }).leftOut).toEqual(['short'])
  })

  it('refuses what means nothing', () => {
    const quiet: WearerScores = { ...simulate(1, 1), score: new Float64Array(1440) }
    expect(() => calibrateThreshold(wearers(2, 1), logic, { budget: 0 })).toThrow('budget: expected more than 0')
    expect(() => calibrateThreshold(wearers(2, 1), logic, { budget: 1, blockSeconds: 60 })).toThrow(
      'blockSeconds: expected at least 3600, received 60',
    )
    expect(() => calibrateThreshold([quiet], logic, { budget: 1 })).toThrow(
      /^budget unsupported: .* expected some that raise an alarm, .* need 30 wearer-days or more, of at least 12 wearers$/,
    )
  })

  it('says what it needs where nobody has a block', () => {
    const calibrate = (data: WearerScores[], warmUpHours?: number) => () =>
      calibrateThreshold(data, logic, { budget: 0.5, ...(warmUpHours && { warmUpHours }) })
    const needed = 'expect to need 60 wearer-days or more, of at least 12 wearers'
    const expected = 'budget unsupported: scored windows: expected a wearer with at least 3600 s of them, received none'
    expect(calibrate([simulate(1, 0.02), simulate(2, 0.01)])).toThrow(`${expected} (the longest has 1680 s); ${needed}`)
    expect(calibrate([simulate(1, 0)], 24)).toThrow(`${expected}; a wearer's first 24 h are not scored; ${needed}`)
  })
})
