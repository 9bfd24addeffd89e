import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../simulators/synthetic/random.ts'
import { loadBackend } from '../training/backend.ts'
import { pointScores, scoreSeries, sumOfTerms } from './scoreSeries.ts'
import { fitSeries, termNames, type SeriesVariant } from './seriesDetector.ts'
import { usualSteps } from './usualSteps.ts'

const period = 64

/** A spike a period, of which no two are equally long, and noise; in the periods named two wide waves instead, always the same. */
function wave(periods: number, odd: readonly number[]): { values: Float64Array; starts: number[] } {
  const random = seededRandom(5, 'usual')
  const values: number[] = []
  const starts: number[] = []
  for (let nth = 0; nth < periods; nth++) {
    starts.push(values.length)
    const length = Math.round(period * random.normal(1, 0.04))
    for (let i = 0; i < length; i++) {
      const usual = 3 * Math.exp(-(((i - 32) / 2.5) ** 2))
      const other = 2 * Math.sin((4 * Math.PI * i) / length)
      values.push((odd.includes(nth) ? other : usual) + random.normal(0, 0.05))
    }
  }
  return { values: Float64Array.from(values), starts: [...starts, values.length] }
}

const often = [3, 7, 8, 17, 25, 31, 44, 45, 58]

describe('what of an unlabelled beginning is usual', () => {
  it('is not what comes again and again in a few periods', () => {
    const { values, starts } = wave(60, often)
    const usual = usualSteps(Float32Array.from(values), period)
    const shareOf = (periods: readonly number[]) => {
      const of = periods.map((p) => usual.subarray(starts[p], starts[p + 1]))
      const steps = of.reduce((sum, { length }) => sum + length, 0)
      return of.reduce((sum, part) => sum + part.reduce((a, b) => a + b, 0), 0) / steps
    }
    const others = Array.from({ length: 60 }, (_, p) => p).filter((p) => !often.includes(p))
    expect(shareOf(often)).toBeLessThan(0.1)
    expect(shareOf(others)).toBeGreaterThan(0.7)
  })

  it('is all of it where nothing is odd, where it is short, and where most of it is odd', () => {
    const leftOut = ({ values }: ReturnType<typeof wave>) =>
      usualSteps(Float32Array.from(values), period).filter((one) => one === 0)
    expect(leftOut(wave(60, []))).toHaveLength(0)
    expect(leftOut(wave(12, [5]))).toHaveLength(0)
    const half = Array.from({ length: 60 }, (_, p) => p).filter((p) => p % 2 === 0)
    expect(leftOut(wave(60, half))).toHaveLength(0)
  })

  it('so a detector tells later what its beginning held already', async () => {
    const { tf } = await loadBackend('js')
    const { values, starts } = wave(80, [...often, 70])
    const ratio = (variant: SeriesVariant) => {
      const train = values.subarray(0, starts[60])
      const fitted = fitSeries(train, { tf, seed: 1, variant: { ...variant, code: 'as windows' } })
      const scores = pointScores(sumOfTerms(scoreSeries(fitted, values), termNames), fitted.plan, values.length)
      return Math.max(...scores.subarray(starts[70], starts[71])) / Math.max(...scores.subarray(starts[61], starts[69]))
    }
    expect(ratio({ learnt: 'usual' })).toBeGreaterThan(3)
    expect(ratio({ learnt: 'all' })).toBeLessThan(1.5)
  })
})
