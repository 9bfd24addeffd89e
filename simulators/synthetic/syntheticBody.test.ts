import { describe, expect, test } from 'vitest'
import { fastNormals } from './fastNormals.ts'
import { deviation, mean, spectralPower } from './measures.testing.ts'
import { drawPerson } from './person.ts'
import { seededRandom } from './random.ts'
import { ecgRateHz, syntheticBody } from './syntheticBody.ts'

interface Rest {
  ecg: number[]
  /** Samples at which R waves peak. */
  peaks: number[]
  /** Milliseconds. */
  intervals: number[]
  respirationRate: number[]
}

/** Five minutes at rest; beats found in the waveform itself, apart from the model's own phase. */
function rest(seed: number, seconds = 300): Rest {
  const body = syntheticBody(seed, [])
  const ecg: number[] = []
  const respirationRate: number[] = []
  for (let second = 0; second < seconds; second++) {
    for (const { signal, values } of body(second)) {
      if (signal === 'ecg') ecg.push(...values)
      if (signal === 'respirationRate') respirationRate.push(...values)
    }
  }
  const threshold = 0.6 * drawPerson(seed).rWaveMillivolts
  const peaks: number[] = []
  for (let i = 1; i + 1 < ecg.length; i++) {
    const value = ecg[i] ?? 0
    if (value < threshold || value < (ecg[i - 1] ?? 0) || value <= (ecg[i + 1] ?? 0)) continue
    if (i - (peaks.at(-1) ?? -ecgRateHz) > 0.25 * ecgRateHz) peaks.push(i)
  }
  const intervals = peaks.slice(1).map((peak, i) => ((peak - (peaks[i] ?? 0)) * 1000) / ecgRateHz)
  return { ecg, peaks, intervals, respirationRate }
}

describe('a synthetic person at rest', () => {
  test.each([0, 1, 2, 3, 4, 5])('person %i has the heart rate and variability of an adult at rest', (seed) => {
    const person = drawPerson(seed)
    const { intervals } = rest(seed)
    const meanRr = mean(intervals)
    expect(Math.abs(60_000 / meanRr - person.restingHeartRate)).toBeLessThan(4)
    // Short-term SDNN of healthy adults: 32 to 93 ms; RMSSD: 19 to 75 ms (Nunan et al. 2010, range of 44 studies).
    expect(deviation(intervals)).toBeGreaterThan(28)
    expect(deviation(intervals)).toBeLessThan(93)
    const steps = intervals.slice(1).map((interval, i) => interval - (intervals[i] ?? 0))
    const rmssd = Math.sqrt(mean(steps.map((step) => step * step)))
    expect(rmssd).toBeGreaterThan(15)
    expect(rmssd).toBeLessThan(80)
  })

  test('persons differ', () => {
    const rates = Array.from({ length: 50 }, (_, seed) => drawPerson(seed).restingHeartRate)
    expect(Math.min(...rates)).toBeGreaterThan(50)
    expect(Math.max(...rates)).toBeLessThan(82)
    expect(deviation(rates)).toBeGreaterThan(3)
  })

  test('the RR spectrum has its peaks around 0.1 Hz and at the breathing rate', () => {
    const { peaks, intervals, respirationRate } = rest(2)
    const times = peaks.slice(1).map((peak) => peak / ecgRateHz)
    const breathHz = mean(respirationRate) / 60
    const power = (hz: number) => spectralPower(times, intervals, hz)
    const band = (from: number, to: number) => {
      let sum = 0
      for (let hz = from; hz < to; hz += 0.004) sum += power(hz)
      return sum
    }
    const lf = band(0.07, 0.13)
    const hf = band(breathHz - 0.04, breathHz + 0.04)
    const between = band(0.16, 0.19)
    expect(lf).toBeGreaterThan(10 * between)
    expect(hf).toBeGreaterThan(10 * between)
  })

  test('every beat has P, QRS and T of plausible size, and QT shortens with the RR interval', () => {
    const { ecg, peaks } = rest(1, 60)
    const person = drawPerson(1)
    const average = (offsetMillis: number) => {
      const offset = Math.round((offsetMillis * ecgRateHz) / 1000)
      return mean(peaks.slice(1, -1).map((peak) => ecg[peak + offset] ?? NaN))
    }
    const level = average(-100)
    const highest = (from: number, to: number) => {
      const offsets = Array.from({ length: (to - from) / 4 }, (_, i) => from + i * 4)
      return offsets
        .map((offset) => ({ offset, value: average(offset) - level }))
        .reduce((a, b) => (b.value > a.value ? b : a))
    }
    expect(Math.abs(average(0) - person.rWaveMillivolts)).toBeLessThan(0.15)
    const p = highest(-280, -100)
    const t = highest(140, 400)
    expect(p.value).toBeGreaterThan(0.05)
    expect(p.value).toBeLessThan(0.3)
    expect(t.value).toBeGreaterThan(0.15)
    expect(t.value).toBeLessThan(0.7)
    // PR (onset to onset) is some 50 ms less than peak to peak.
    expect(p.offset).toBeLessThan(-120)
    expect(t.offset).toBeGreaterThan(200)
    expect(average(-40) - level).toBeLessThan(0)
    expect(average(40) - level).toBeLessThan(0)
  })
})

describe('wearers that a model has learnt from', () => {
  test('are still the same', () => {
    // models/shipped/ecg-beat was trained with seeds 70001 to 70012. First values of the body as it was then: another body
    // means another model.
    const body = syntheticBody(70_001, [])
    for (let second = 0; second < 60; second++) body(second)
    const ecg = body(60).find(({ signal }) => signal === 'ecg')?.values ?? []
    const seen = [0, 50, 100, 150, 200].map((i) => Number((ecg[i] ?? NaN).toFixed(5)))
    expect(seen).toEqual([-0.0539, 0.28367, -0.13609, -0.11908, -0.14423])
  })
})

describe('random numbers', () => {
  test('are those of splitmix32 and xoshiro128** for a seed and a label', () => {
    // From the C code at prng.di.unimi.it, put into Python with whole numbers modulo 2^32, state from crc32("test", 1).
    const expected = [417106098, 3386286108, 441768651, 654804285]
    const random = seededRandom(1, 'test')
    expect(Array.from({ length: 4 }, () => random.uniform() * 2 ** 32)).toEqual(expected)
    expect(seededRandom(1, 'other').uniform()).not.toBe(seededRandom(1, 'test').uniform())
  })

  test('for noise are normal as well', () => {
    const next = fastNormals(3, 'moments')
    const values = Array.from({ length: 50_000 }, next)
    expect(Math.abs(mean(values))).toBeLessThan(0.02)
    expect(deviation(values)).toBeCloseTo(1, 1)
    // Phi(-2) = 0.0228, Phi(0.5) = 0.6915.
    const below = (limit: number) => values.filter((value) => value < limit).length / values.length
    expect(below(-2)).toBeCloseTo(0.0228, 2)
    expect(below(0.5)).toBeCloseTo(0.6915, 2)
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(3.9)
  })

  test('are uniform and normal', () => {
    const random = seededRandom(7, 'moments')
    const uniform = Array.from({ length: 20_000 }, () => random.uniform())
    const normal = Array.from({ length: 20_000 }, () => random.normal(3, 2))
    expect(mean(uniform)).toBeCloseTo(0.5, 1)
    expect(deviation(uniform)).toBeCloseTo(Math.sqrt(1 / 12), 1)
    expect(Math.abs(mean(normal) - 3)).toBeLessThan(0.06)
    expect(Math.abs(deviation(normal) - 2)).toBeLessThan(0.05)
  })
})
