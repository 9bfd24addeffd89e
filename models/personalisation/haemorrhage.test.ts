import { expect, test } from 'vitest'
import { bleedingWearer, healthyWearer } from '../cli/simulatedPatients.ts'
import { loadBackend } from '../training/backend.ts'
import { quantile } from '../training/measures.ts'
import { alarmsOf } from '../training/vitalsEvaluation.ts'
import { compareVitals, vitalsChoices } from '../training/vitalsTraining.ts'
import { scorerFor, type Anchor } from './anchor.ts'
import { personalChoices, personalise } from './personalise.ts'

const hour = 3.6e9

test('a slow haemorrhage (simulated) is not absorbed, though a model is made anew on each two of its hours', async () => {
  const { tf } = await loadBackend('js')
  const dense = vitalsChoices.filter(({ name }) => name === 'dense 150-24-1-24-150')
  const [train, calibrate] = [[80_001, 80_002], [81_001]].map((seeds) => seeds.map((seed) => healthyWearer(seed, 2)))
  const ill = bleedingWearer(85_002)
  const [fitted] = compareVitals(dense, { train: train!, calibrate: calibrate!, test: [] }, 0.5, { seed: 1, tf })
  const { model, parameters, scoring, measures } = fitted!
  const anchor: Anchor = { kind: 'vitals', model, parameters, scoring, threshold: measures.threshold, usualScore: 1 }
  const population = scorerFor(anchor, anchor)
  const healthy = calibrate![0]!.windows.flatMap(({ input }) => (input && population.score(input)?.score) ?? [])
  anchor.usualScore = quantile(healthy, 0.5)

  const { from, to } = ill.events[0]!
  const windows = ill.windows.flatMap(({ from, to, input }) => (input ? [{ from, to, input }] : []))
  const bleeding = windows.filter((window) => window.to > from && window.to <= to)
  const scored = (scorer: typeof population) =>
    bleeding.map((window) => ({ from: window.from, to: window.to, score: scorer.score(window.input)?.score }))
  const told = scored(population)
  expect(alarmsOf(told, anchor.threshold).length).toBeGreaterThan(0)
  const certain = told.map(({ score }) => (score ?? 0) > 2 * personalChoices.mostThreshold * anchor.threshold)
  expect(certain.filter(Boolean).length).toBeGreaterThan(10)

  let made = 0
  for (let last = from; last <= to; last += 2 * hour) {
    // Nobody flags anything: what is learnt from is ever more of the bleeding itself.
    const learnt = windows.filter((window) => window.to <= last && window.to > last - 3 * hour)
    let personal
    try {
      personal = personalise(anchor, learnt, { seed: 1, tf, threshold: 'own' })
    } catch {
      continue
    }
    made++
    const judged = scored(scorerFor(anchor, personal))
    judged.forEach(({ score }, n) => {
      if (certain[n]) expect(score).toBeGreaterThan(personal.threshold)
    })
    expect(alarmsOf(judged, personal.threshold).length).toBeGreaterThan(0)
  }
  expect(made).toBeGreaterThan(1)
}, 240_000)
