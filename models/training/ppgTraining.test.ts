import { describe, expect, test } from 'vitest'
import { cleanWearer, faultyWearer } from '../cli/trainPpgSources.ts'
import { checkDetector } from '../detectors/checkDetector.testing.ts'
import { ppgInput } from '../inputs/ppgInput.ts'
import type { Scorer } from '../scorer.ts'
import { loadBackend } from './backend.ts'
import { ppgChoices } from './ppgChoices.ts'
import { measurePpg, ppgThreshold, type PpgSource } from './ppgEvaluation.ts'
import { bestPpg, comparePpg, type PpgCandidate, type PpgSources } from './ppgTraining.ts'

const persons = (first: number, count: number, make: (seed: number) => PpgSource) =>
  Array.from({ length: count }, (_, n) => make(first + n))
const sources: PpgSources = {
  train: persons(1, 5, cleanWearer),
  calibrate: persons(11, 2, cleanWearer),
  chooseFaulty: persons(21, 1, faultyWearer),
  test: persons(31, 2, cleanWearer),
  testFaulty: persons(41, 1, faultyWearer),
}
/** With all three pulses. */
const complete = sources.test.flatMap(({ windows }) => windows).filter(({ input }) => !input.some(Number.isNaN))

for (const name of ['z-score', 'dense 75-32-4-32-75']) {
  const choice = ppgChoices.find((candidate) => candidate.name === name)!
  const options = { ...choice.options, training: { epochs: 4 } }
  checkDetector(`PPG quality by ${name}`, {
    fit: async () => comparePpg([{ ...choice, options }], sources, { seed: 1, tf: (await loadBackend('js')).tf })[0]!,
    normal: complete.slice(0, 120).map(({ input }) => input),
    channels: Array.from({ length: ppgInput.pulses }, (_, pulse) => ({
      from: pulse * ppgInput.points,
      to: (pulse + 1) * ppgInput.points,
    })),
    deviation: 60,
  })
}

describe('choosing a model of PPG quality', () => {
  const candidate = (name: string, isNetwork: boolean, auroc: number) =>
    ({ name, isNetwork, chosenBy: { auroc } }) as unknown as PpgCandidate

  test('a network ships only where it beats every baseline', () => {
    const baselines = [candidate('a', false, 0.9), candidate('b', false, 0.95)]
    const chosen = (...networks: PpgCandidate[]) => bestPpg([...baselines, ...networks]).name
    expect(chosen(candidate('n', true, 0.96), candidate('m', true, 0.97))).toBe('m')
    expect(chosen(candidate('n', true, 0.95))).toBe('b')
    expect(chosen(candidate('n', true, 0.92))).toBe('b')
    expect(chosen()).toBe('b')
    expect(() => bestPpg([])).toThrow('candidates: expected at least one')
  })
})

describe('measures of PPG quality', () => {
  /** The score of a window is its first value. */
  const scorer = {
    score: (input: Float32Array) => (Number.isNaN(input[0]!) ? undefined : { score: input[0]! }),
  } as unknown as Scorer
  const person = (seed: number, scores: Record<string, number[]>): PpgSource => ({
    seed,
    windows: Object.entries(scores).flatMap(([label, values]) =>
      values.map((value) => ({ label, input: Float32Array.of(value) })),
    ),
  })

  test('no rhythm is refused more often than the threshold promises', () => {
    const calm = Array.from({ length: 1000 }, (_, n) => n / 1000)
    const irregular = Array.from({ length: 10 }, (_, n) => 2 + n)
    expect(ppgThreshold(scorer, [person(1, { rest: calm, irregular })], 0.9)).toBe(10)
  })

  test('each fault counts alike, rest beside it not at all, and what has no score is refused', () => {
    const good = [person(1, { rest: [1, 2, 3, 4] })]
    const faulty = [person(2, { rest: [9, 9], shaken: [5, 2.5], off: [NaN, NaN, NaN, NaN] })]
    const measures = measurePpg(scorer, 3.5, good, faulty)
    expect(measures.aurocs).toEqual({ shaken: 0.75, off: 1 })
    expect(measures.auroc).toBe(0.875)
    expect(measures.refused).toEqual({ rest: 0.25, shaken: 0.5, off: 1 })
    expect(measures.goodRefused).toBe(0.25)
  })
})
