import { beforeAll, describe, expect, it } from 'vitest'
import { highestAfter } from '../evaluation/ucr.ts'
import { seededRandom } from '../../simulators/synthetic/random.ts'
import { loadBackend, type TensorFlow } from '../training/backend.ts'
import { scoreSeries, sumOfTerms } from './scoreSeries.ts'
import { fitSeries, termNames, type FittedSeries } from './seriesDetector.ts'
import { SeriesStream } from './seriesStream.ts'

const period = 70
const trainPoints = 1400
const length = 2800
const anomalyAt = 2100

/** A wave with a spike a period, and noise; from `anomalyAt` on one period otherwise. */
function wave(change: (at: number, value: number) => number): Float64Array {
  const random = seededRandom(3, 'series')
  return Float64Array.from({ length }, (_, i) => {
    const phase = (i % period) / period
    const value = Math.sin(2 * Math.PI * phase) + 3 * Math.exp(-(((phase - 0.5) / 0.03) ** 2)) + random.normal(0, 0.05)
    return i >= anomalyAt && i < anomalyAt + period ? change(i, value) : value
  })
}

let tf: TensorFlow
let fitted: FittedSeries
beforeAll(async () => {
  ;({ tf } = await loadBackend('js'))
  fitted = fitSeries(wave((_, value) => value).subarray(0, trainPoints), { tf, seed: 1 })
}, 120_000)

describe('the detector of single series', () => {
  it('finds the period by itself', () => {
    expect(fitted.plan).toMatchObject({ period, pointsAStep: 1 })
  })

  it.each<[string, (at: number, value: number) => number]>([
    ['a missing spike', (at) => Math.sin((2 * Math.PI * (at % period)) / period)],
    ['a spike upside down', (at, value) => (Math.abs((at % period) / period - 0.5) < 0.1 ? -value : value)],
    ['a flat stretch', () => 0],
    ['half the amplitude', (_, value) => value / 2],
    ['another rhythm', (at) => 2 * Math.sin((6 * Math.PI * (at % period)) / period)],
  ])('tells where %s is', (_, change) => {
    const scores = sumOfTerms(scoreSeries(fitted, wave(change)), termNames)
    const told = highestAfter(scores, trainPoints)
    expect(told).toBeGreaterThanOrEqual(anomalyAt - period / 2)
    expect(told).toBeLessThan(anomalyAt + 1.5 * period)
  })

  it('is causal: what comes later than its delay changes no score', () => {
    const scoresOf = (values: Float64Array) => {
      const stream = new SeriesStream(fitted)
      return Array.from(values, (value) => stream.push(value)?.score)
    }
    const one = scoresOf(wave((_, value) => value))
    const other = scoresOf(wave(() => 9))
    expect(other.slice(0, anomalyAt)).toEqual(one.slice(0, anomalyAt))
    expect(other.slice(anomalyAt)).not.toEqual(one.slice(anomalyAt))
    expect(new SeriesStream(fitted).delaySteps).toBeLessThan(period)
  })

  it('gives the same with the same seed, and says what it expected', () => {
    const train = wave((_, value) => value).subarray(0, trainPoints)
    const again = fitSeries(train, { tf, seed: 1 })
    expect(again.terms.map(({ usual }) => usual)).toEqual(fitted.terms.map(({ usual }) => usual))
    expect(() => fitSeries(new Float64Array(500), { tf, seed: 1 })).toThrow('expected values that differ')
    expect(() => fitSeries(Float64Array.of(1, 2), { tf, seed: 1 })).toThrow('expected at least')
    expect(() => new SeriesStream(fitted).push(NaN)).toThrow('expected a finite number')
  }, 120_000)
})
