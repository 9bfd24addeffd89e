import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denseAutoencoder } from '../architectures/dense.ts'
import type { AlarmLogic } from '../calibration/alarmLogic.ts'
import { modelSchema } from '../detectors/model.ts'
import { scaleWindow } from '../detectors/scaling.ts'
import { ecgBeatSegments } from '../inputs/inputSchema.ts'
import { seededRandom, smoothNoise } from '../training/random.ts'
import { loadBackend } from '../training/backend.ts'
import { trainNetwork } from '../training/trainNetwork.ts'
import { lossWeightsOf, scorerFor, type Anchor } from './anchor.ts'
import { boundedStep } from './bounds.ts'
import { markUnfit } from './flags.ts'
import { selectMajority, type WearerWindow } from './majority.ts'
import { personalChoices, personalise } from './personalise.ts'
import { makeProbes } from './probes.ts'

const { tf } = await loadBackend('js')
const [points, inputs] = [88, 92]

interface Person {
  seed: number
  height?: number
  tilt?: number
  /** Of the ST segment, in the input's units. */
  st?: number
}

/** Artificial beats of one person: a QRS complex, a T wave, and a calm rhythm. */
function beats({ seed, height = 0.5, tilt = 0, st = 0 }: Person, count: number): Float32Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const noise = smoothNoise(random)
    return Float32Array.from({ length: inputs }, (_, i) => {
      const wave = height * Math.exp(-(((i - 31) / 2) ** 2)) + 0.12 * Math.exp(-(((i - 62) / 7) ** 2))
      const raised = i >= 43 && i < 53 ? st : 0
      const own = i < points ? wave * (1 + 0.08 * noise) + raised + (tilt * (i - 44)) / 44 : 0
      return own + (i < points ? 0.02 : 0.03) * smoothNoise(random)
    })
  })
}

/** A population of twelve people of different heights and tilts. */
function populationModel(): Anchor {
  const people = Array.from({ length: 12 }, (_, p) => ({ seed: p, height: 0.4 + 0.02 * p, tilt: 0.02 * ((p % 5) - 2) }))
  const windows = people.flatMap((person) => beats(person, 40))
  const mean = new Float32Array(inputs).map((_, i) => windows.reduce((sum, w) => sum + w[i]!, 0) / windows.length)
  const scale = new Float32Array(inputs).fill(0.1).fill(0.05, points)
  const graph = denseAutoencoder(inputs, [16, 4, 16])
  const lossWeights = lossWeightsOf('ecg-beat')
  const scaled = windows.map((window) => scaleWindow({ mean, scale }, window))
  const settings = { seed: 1, epochs: 12, patience: 12, batchSize: 32, learningRate: 3e-3, noise: 0.1, lossWeights }
  const { weights } = trainNetwork(tf, graph, scaled, [], settings)
  const weight = new Float32Array(inputs).fill(1 / points, 0, points)
  weight[points] = 0.5
  const model = modelSchema.parse({ kind: 'autoencoder', architecture: 'dense', graph })
  const anchor: Anchor = {
    kind: 'ecg-beat',
    model,
    parameters: weights,
    scoring: { mean, scale, weight, segments: ecgBeatSegments },
    threshold: 1,
    usualScore: 1,
  }
  const scorer = scorerFor(anchor, anchor)
  const scores = windows.map((window) => scorer.score(window)!.score).sort((a, b) => a - b)
  return { ...anchor, threshold: scores[Math.floor(0.995 * scores.length)]!, usualScore: scores[scores.length >> 1]! }
}

const anchor = populationModel()
const population = scorerFor(anchor, anchor)
const wearer = { seed: 100, height: 0.62, tilt: 0.06 }
const unmarked = (windows: readonly Float32Array[]): WearerWindow[] => windows.map((input) => ({ input }))
const meanScore = (scorer: typeof population, windows: readonly Float32Array[]) =>
  windows.reduce((sum, window) => sum + scorer.score(window)!.score, 0) / windows.length

describe('personalise', () => {
  test('the same seed gives the same parameters, bit for bit, and leaves anchor and windows alone', () => {
    const windows = unmarked(beats(wearer, 150))
    const before = [Buffer.from(anchor.parameters.slice().buffer), windows.map(({ input }) => input.slice())] as const
    const [one, two] = [1, 1].map((seed) => personalise(anchor, windows, { seed, tf }))
    expect(two).toEqual(one)
    expect(personalise(anchor, windows, { seed: 2, tf }).parameters).not.toEqual(one!.parameters)
    expect(Buffer.from(anchor.parameters.buffer).equals(before[0])).toBe(true)
    expect(windows.map(({ input }) => input)).toEqual(before[1])
  })

  test('later beats of the wearer score lower than under the population model, and a raised ST still alarms', () => {
    // Nobody in the population has this ST segment.
    const own = { ...wearer, st: 0.15 }
    const later = beats({ ...own, seed: 101 }, 100)
    const made = personalise(anchor, unmarked(beats(own, 200)), { seed: 1, tf })
    const personal = scorerFor(anchor, made)
    expect(meanScore(personal, later)).toBeLessThan(0.85 * meanScore(population, later))
    const raised = beats({ ...wearer, seed: 102, st: 0.65 }, 50)
    const caught = (scorer: typeof population) =>
      raised.filter((window) => scorer.score(window)!.score > anchor.threshold).length
    expect(caught(population)).toBe(50)
    expect(caught(personal)).toBe(50)
  })

  test('flagged windows change nothing, whatever they hold', () => {
    const clean = unmarked(beats(wearer, 150))
    const flagged = beats({ seed: 7, height: -0.5, st: 0.2 }, 60).map((input, n): WearerWindow => {
      return { input, unfit: n % 2 === 0 ? 'alarm' : 'low quality' }
    })
    const mixed = clean.flatMap((window, n) => (n < flagged.length ? [window, flagged[n]!] : [window]))
    const [without, with_] = [clean, mixed].map((windows) => personalise(anchor, windows, { seed: 1, tf }))
    expect(with_!.parameters).toEqual(without!.parameters)
    expect(with_!.windows).toEqual({ ...without!.windows, offered: 210, flagged: 60 })
  })

  test('a minority of another shape is not learnt from', () => {
    const [usual, others] = [beats(wearer, 285), beats({ ...wearer, seed: 9, height: 0.45, tilt: -0.04 }, 15)]
    // To the population model they are as normal as the others.
    expect(meanScore(population, others)).toBeLessThan(anchor.threshold)
    const { selected } = selectMajority(unmarked([...usual, ...others]), population, anchor.threshold, anchor.scoring)
    expect(selected.length).toBeGreaterThan(150)
    expect(selected.filter((window) => others.includes(window))).toEqual([])
  })

  test('too few windows, and a wearer whom the population model does not know, are refused', () => {
    expect(() => personalise(anchor, unmarked(beats(wearer, 20)), { seed: 1, tf })).toThrow(
      /^windows to learn from: expected at least 64, received \d+ of 20$/,
    )
    const strange = [...beats({ ...wearer, st: 0.65 }, 300), ...beats(wearer, 100)]
    expect(() => personalise(anchor, unmarked(strange), { seed: 1, tf })).toThrow(
      'windows known to the population model',
    )
  })

  test('no score falls below half of the anchor’s, whatever the window and whatever was learnt', () => {
    const made = personalise(anchor, unmarked(beats({ ...wearer, st: 0.05 }, 200)), { seed: 1, tf, threshold: 'own' })
    const personal = scorerFor(anchor, made)
    const { mostThreshold, mostWeights, leastProbes } = personalChoices
    expect(made.threshold).toBeLessThanOrEqual(mostThreshold * anchor.threshold)
    expect(made.threshold).toBeGreaterThanOrEqual(anchor.threshold / mostThreshold)
    expect(made.drift.weights).toBeLessThanOrEqual(mostWeights)
    for (const probe of makeProbes(anchor, population)) {
      const kept = personal.score(probe)!.score / population.score(probe)!.score
      expect(kept).toBeGreaterThanOrEqual(leastProbes)
    }
    const value = fc.oneof(fc.float({ noNaN: true, min: -10, max: 10 }), fc.constant(NaN))
    fc.assert(
      fc.property(fc.array(value, { minLength: inputs, maxLength: inputs }), (values) => {
        const window = Float32Array.from(values)
        const score = population.score(window)?.score
        if (score === undefined) expect(personal.score(window)).toBeUndefined()
        else expect(personal.score(window)!.score).toBeGreaterThanOrEqual(0.4999 * score)
      }),
      { numRuns: 300 },
    )
  })

  test('a slow ramp is not absorbed, however often the model is made anew on what there is to learn', () => {
    const day = (n: number) => beats({ ...wearer, seed: 200 + n, st: 0.05 * n }, 100)
    const lastDay = 13
    const certain = (anchor.threshold * personalChoices.mostThreshold) / 0.5
    const worst = beats({ ...wearer, seed: 300, st: 0.05 * lastDay }, 100)
    expect(worst.every((window) => population.score(window)!.score > certain)).toBe(true)
    let [made, refused] = [0, 0]
    for (let n = 0; n <= lastDay; n++) {
      try {
        // Nobody flags anything, and the threshold may move: the worst caller.
        const model = personalise(anchor, unmarked(day(n)), { seed: 1, tf, threshold: 'own' })
        const personal = scorerFor(anchor, model)
        expect(worst.every((window) => personal.score(window)!.score > model.threshold)).toBe(true)
        made++
      } catch (error) {
        expect((error as Error).message).toMatch(/^windows (to learn from|known to the population model): expected/)
        refused++
      }
    }
    // Some of it was learnt from, and none of it once the anchor alarms.
    expect(made).toBeGreaterThan(2)
    expect(refused).toBeGreaterThan(2)
  })

  test('the same ramp would be absorbed from one personal model to the next, which is why none may be an anchor', () => {
    const day = (n: number) => beats({ ...wearer, seed: 200 + n, st: 0.05 * n }, 100)
    let parameters = anchor.parameters
    for (let n = 0; n <= 13; n++) {
      const model = personalise({ ...anchor, parameters }, unmarked(day(n)), { seed: 1, tf })
      parameters = model.parameters.slice(anchor.parameters.length)
    }
    const chained = scorerFor(anchor, { model: anchor.model, parameters })
    const ill = day(13)
    expect(meanScore(chained, ill)).toBeLessThan(anchor.threshold)
    expect(meanScore(population, ill)).toBeGreaterThan(3 * anchor.threshold)
  })
})

describe('boundedStep', () => {
  test('keeps every bound, and goes the whole way where there is room', () => {
    const values = fc.array(fc.float({ noNaN: true, min: -3, max: 3 }), { minLength: 4, maxLength: 4 })
    const bounds = { mostWeights: 0.5, leastProbes: 0.6 }
    fc.assert(
      fc.property(values, values, fc.double({ min: 0, max: 4, noNaN: true }), (from, change, slope) => {
        const anchorValues = Float32Array.from(from, (value) => value + 4)
        const tuned = anchorValues.map((value, i) => value + change[i]!)
        const distance = (to: Float32Array) =>
          Math.hypot(...to.map((value, i) => value - anchorValues[i]!)) / Math.hypot(...anchorValues)
        const kept = (to: Float32Array) => Math.max(0, 1 - slope * distance(to))
        const bounded = boundedStep(anchorValues, tuned, kept, bounds)
        expect(distance(bounded.parameters)).toBeLessThanOrEqual(bounds.mostWeights + 1e-5)
        expect(kept(bounded.parameters)).toBeGreaterThanOrEqual(bounds.leastProbes)
        expect(bounded.weights).toBeCloseTo(distance(bounded.parameters), 4)
        const whole = distance(tuned)
        if (whole < bounds.mostWeights && kept(tuned) > bounds.leastProbes) expect(bounded.step).toBe(1)
      }),
    )
  })
})

describe('markUnfit', () => {
  /** Two anomalous windows in a row, until one is not. */
  const logic: AlarmLogic = {
    description: 'two in a row',
    watch(threshold) {
      let since: number | undefined
      let active = false
      return {
        push(at, score) {
          if (score <= threshold) {
            since = undefined
            if (!active) return undefined
            active = false
            return { change: 'off' }
          }
          if (since === undefined) since = at
          else if (!active) {
            active = true
            return { change: 'on', onset: since }
          }
          return undefined
        },
      }
    },
  }

  test('marks an alarm from the window that it goes back to, and what is of low quality', () => {
    const [good] = beats(wearer, 1)
    const bad = beats({ seed: 3, height: -1 }, 1)[0]!
    const windows = Array.from('gbgbbbgln', (kind, n) => {
      return { at: n * 1e6, input: kind === 'b' ? bad : good!, lowQuality: kind === 'l' }
    })
    const marks = markUnfit(windows, population, anchor.threshold, logic).map(({ unfit }) => unfit?.[0] ?? '-')
    expect(marks.join('')).toBe('---aaaal-')
  })
})
