import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alarmLogicOf } from '../cli/alarmLogics.ts'
import { alarmSpans, countAlarms, type Scores } from './alarmLogic.ts'
import { alarmPeaks, highestPeak } from './alarmPeaks.ts'

const scoresOf = (values: readonly number[], stepSeconds = 60): Scores => ({
  at: Float64Array.from(values, (_, i) => i * stepSeconds * 1e6),
  score: Float64Array.from(values),
})

/** Runs of a level with noise on them, so that alarms happen. */
const values = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 25 })), {
    maxLength: 8,
  })
  .map((runs) => runs.flatMap(([level, noise]) => noise.map((extra) => 10 * level + extra)))
const logics = fc.constantFrom(alarmLogicOf('vitals-anomaly'), alarmLogicOf('ecg-anomaly'), alarmLogicOf('lead-off'))

describe('alarm peaks', () => {
  it('count every alarm above a threshold, apart where they stand apart', () => {
    fc.assert(
      fc.property(values, logics, (series, logic) => {
        const scores = scoresOf(series)
        const peaks = alarmPeaks(scores, logic, 20)
        const spans = alarmSpans(scores, logic, 20)
        for (let threshold = 20; threshold <= 100; threshold++) {
          // Counted one cluster at a time, at this threshold and all above it.
          const most = spans.map(({ from, to }) => {
            const counts = Array.from({ length: 101 - threshold }, (_, k) =>
              countAlarms(scores, logic, threshold + k, from, to),
            )
            return Math.max(...counts)
          })
          expect(peaks.filter(({ peak }) => peak > threshold)).toHaveLength(most.reduce((sum, n) => sum + n, 0))
          expect(most.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(countAlarms(scores, logic, threshold))
        }
        const highest = highestPeak(scores, logic, 0, series.length)
        if (peaks.length > 0) expect(Math.max(...peaks.map(({ peak }) => peak))).toBe(highest)
      }),
      { numRuns: 60 },
    )
  })

  it('keep apart what runs together at a lower threshold', () => {
    // Three windows in a row make an alarm, 300 s of quiet end it.
    const series = [1, 9, 8, 9, 3, 3, 3, 3, 3, 3, 3, 7, 7, 7, 1, 1, 1, 1, 1, 1, 1]
    const scores = scoresOf(series)
    const logic = alarmLogicOf('vitals-anomaly')
    expect(countAlarms(scores, logic, 2)).toBe(1)
    expect(countAlarms(scores, logic, 5)).toBe(2)
    expect(alarmPeaks(scores, logic, 2).map(({ peak }) => peak)).toEqual([8, 7])
  })

  it('have none where nothing is raised', () => {
    const logic = alarmLogicOf('ecg-anomaly')
    expect(alarmPeaks(scoresOf([]), logic, 1)).toEqual([])
    expect(alarmPeaks(scoresOf([9, 9, 9, 9]), logic, 1)).toEqual([])
    expect(highestPeak(scoresOf([9, 9, 9, 9]), logic, 0, 4)).toBeUndefined()
  })
})
