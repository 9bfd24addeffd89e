import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vitalsInput, vitalsInputLength, vitalsScoredLength } from '../inputs/vitalsInput.ts'
import type { VitalsWindow } from '../inputs/vitalsWindows.ts'
import { loadBackend } from './backend.ts'
import type { EpochReport } from './epochs.ts'
import { seededRandom, smoothNoise } from './random.ts'
import { alarmRate, alarmsOf, measureEvents, thresholdFor, type VitalsSource } from './vitalsEvaluation.ts'
import { bestOf, compareVitals, type VitalsCandidate } from './vitalsTraining.ts'

const minute = 60e6
const windowsOf = (scores: readonly (number | undefined)[]) =>
  scores.map((score, n) => ({ from: (n - 4) * minute, to: (n + 1) * minute, score }))

describe('alarms of scores', () => {
  test('three windows in a row raise one, five quiet minutes end it', () => {
    const scores = [0, 9, 9, 0, 9, 9, 9, 9, 0, 9, 9, 9, 0, 0, 0, 0, 0, 9, 9, 9]
    expect(alarmsOf(windowsOf(scores), 5).map((at) => at / minute)).toEqual([7, 20])
  })

  test('what could not be judged neither raises nor ends', () => {
    expect(alarmsOf(windowsOf([9, undefined, 9, undefined, 9]), 5).map((at) => at / minute)).toEqual([5])
    expect(alarmsOf(windowsOf([9, 9, undefined, undefined]), 5)).toEqual([])
  })

  test('the threshold keeps the budget on what it was taken from', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.5, 1, 4), (seed, budget) => {
        const random = seededRandom(seed)
        const persons = Array.from({ length: 3 }, () => {
          let value = 0
          return windowsOf(Array.from({ length: 1440 }, () => (value = 0.9 * value + smoothNoise(random)) ** 2))
        })
        const threshold = thresholdFor(persons, budget)
        expect(alarmRate(persons, threshold)).toBeLessThanOrEqual(budget)
        expect(alarmRate(persons, 0.7 * threshold)).toBeGreaterThan(0)
      }),
      { numRuns: 20 },
    )
  })

  test('an event is told in time by an alarm that begins in time', () => {
    const scores = Array.from({ length: 60 }, (_, n) => (n >= 30 && n < 40 ? 9 : 1))
    const event = { kind: 'x', from: 30 * minute, to: 40 * minute }
    const persons = (withinSeconds: number) => [
      { source: { seed: 1, windows: [], events: [{ ...event, withinSeconds }] }, scored: windowsOf(scores) },
    ]
    expect(measureEvents(persons(180), 5)).toMatchObject({ x: { events: 1, detected: 1, medianDelaySeconds: 180 } })
    expect(measureEvents(persons(120), 5)).toMatchObject({ x: { detected: 0 } })
    // 14 windows hold a minute of the event or more; the last four have ordinary scores: (10 + 4 / 2) / 14.
    expect(measureEvents(persons(180), 5)['x']!.auroc).toBeCloseTo(12 / 14, 6)
  })
})

/** A person whose signals wander about 0; from `illAt` on the heart rate is up. */
function person(seed: number, minutes: number, illAt = Infinity): VitalsSource {
  const random = seededRandom(seed)
  const windows = Array.from({ length: minutes }, (_, n): VitalsWindow => {
    const input = new Float32Array(vitalsInputLength)
    for (let i = 0; i < input.length; i++) input[i] = smoothNoise(random)
    if (n >= illAt) for (let i = 0; i < vitalsInput.steps; i++) input[i]! += 6
    if (n % 50 === 0) input.fill(NaN, 40, 45)
    return { from: (n - 4) * minute, to: (n + 1) * minute, measured: 1, input }
  })
  const event = { kind: 'ill', from: illAt * minute, to: minutes * minute, withinSeconds: 600 }
  return { seed, windows, events: illAt < minutes ? [event] : [] }
}

describe('training on vitals', () => {
  test('a candidate is judged on persons it has not seen, its score about 1 on ordinary windows', () => {
    const sources = {
      train: [1, 2, 3, 4, 5, 6].map((seed) => person(seed, 400)),
      calibrate: [11, 12].map((seed) => person(seed, 1440)),
      test: [person(21, 1440), person(22, 300, 200)],
    }
    const before = JSON.stringify([...sources.train[0]!.windows[0]!.input!])
    const [candidate] = compareVitals([{ name: 'z-score', kind: 'z-score' }], sources, 1, { seed: 1 })
    expect(JSON.stringify([...sources.train[0]!.windows[0]!.input!])).toBe(before)
    expect(candidate!.measures.threshold).toBeGreaterThan(1)
    expect(candidate!.measures.threshold).toBeLessThan(2)
    expect(candidate!.measures.events['ill']).toMatchObject({ events: 1, detected: 1, auroc: 1 })
    const { weight } = candidate!.scoring
    expect(weight.subarray(0, vitalsScoredLength).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 1)
    expect(Math.max(...weight.subarray(vitalsScoredLength))).toBe(0)
  })

  test('an interrupted comparison goes on to the same network, bit for bit', async () => {
    const { tf } = await loadBackend('js')
    const sources = {
      train: [1, 2, 3, 4, 5, 6].map((seed) => person(seed, 400)),
      calibrate: [person(11, 400)],
      test: [person(22, 300, 200)],
    }
    const folder = mkdtempSync(join(tmpdir(), 'vitals-'))
    const choice = { name: 'dense', kind: 'dense', options: { hidden: [8, 1, 8] } } as const
    const compare = (onEpoch?: (report: EpochReport) => void, checkpoint?: (name: string) => string) =>
      compareVitals([choice], sources, 1, {
        seed: 1,
        tf,
        ...(onEpoch && { onEpoch }),
        ...(checkpoint && { checkpoint }),
      })[0]!
    const file = (name: string) => join(folder, name)
    const interrupt = ({ epoch }: EpochReport) => {
      if (epoch === 3) throw new Error('interrupted')
    }
    expect(() => compare(interrupt, file)).toThrow('interrupted')
    const epochs: number[] = []
    const resumed = compare(({ epoch }) => epochs.push(epoch), file)
    expect(epochs[0]).toBe(4)
    expect(resumed).toEqual(compare())
    rmSync(folder, { recursive: true })
  })

  test('the simplest ships unless another finds more', () => {
    const of = (name: string, ...detected: number[]) =>
      ({
        name,
        measures: { events: Object.fromEntries(detected.map((share, k) => [k, { detected: share }])) },
      }) as unknown as VitalsCandidate
    expect(bestOf([of('z-score', 0.9, 0.5), of('dense', 0.7, 0.7)]).name).toBe('z-score')
    expect(bestOf([of('z-score', 0.9, 0.5), of('dense', 0.9, 0.6)]).name).toBe('dense')
  })
})
