import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { shippedModels } from '../edge/cli/scenario/evaluateScenario.ts'
import { runScenario, type ScenarioOptions, type ScenarioRunResult } from '../edge/cli/scenario/runScenario.ts'
import { causesOf } from '../edge/alarms/revise.ts'
import type { Flow } from '../edge/flow.ts'
import { scenarioSchema } from '../simulators/scenario.ts'

let models: Pick<ScenarioOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle'>
beforeAll(async () => {
  models = await shippedModels()
})

interface Ran extends ScenarioRunResult {
  items: Flow[]
}

function run(length: string, events: readonly object[], transport: readonly object[] = [], seed = 5): Ran {
  const wearers = [{ wearer: 'w-01', device: 'sim-01', seed, events, transport }]
  const items: Flow[] = []
  const onItem = (item: Flow) => void items.push(item)
  return { ...runScenario('invariant', scenarioSchema.parse({ length, wearers }), { ...models, onItem }), items }
}

/** Codes of all causes that were told of the wearer. */
function physiological({ told }: Ran): Set<string> {
  const alarms = told.filter(({ alarm }) => alarm.type === 'physiological')
  return new Set(alarms.flatMap(({ alarm }) => causesOf(alarm).map(({ code }) => code)))
}

describe('invariant 6: quality never judges rhythm', () => {
  /** Of the verdicts on beats, those that say that quality forbids one. */
  const unfit = (events: readonly object[]): number => {
    const verdicts = run('6m', events).items.flatMap((item) =>
      item.kind === 'verdict' && item.detector === models.bundle.manifest.name ? [item] : [],
    )
    expect(verdicts.length).toBeGreaterThan(200)
    return verdicts.filter(({ verdict }) => verdict === 'not-assessable').length / verdicts.length
  }
  const sinus = { share: NaN }
  beforeAll(() => {
    sinus.share = unfit([])
    expect(sinus.share).toBeLessThan(0.02)
  })

  it.each<[string, object]>([
    ['atrial fibrillation', { kind: 'atrial-fibrillation', at: '60s', for: '300s' }],
    [
      'frequent ventricular beats',
      { kind: 'ectopic-beats', at: '60s', for: '300s', origin: 'ventricular', perHour: 900 },
    ],
    ['frequent atrial beats', { kind: 'ectopic-beats', at: '60s', for: '300s', origin: 'atrial', perHour: 900 }],
    ['a tachycardia', { kind: 'tachycardia', at: '60s', for: '300s', toPerMinute: 160 }],
    ['a fast tachycardia', { kind: 'tachycardia', at: '60s', for: '300s', toPerMinute: 180 }],
    ['a ventricular tachycardia', { kind: 'ventricular-run', at: '60s', for: '300s', perMinute: 150 }],
  ])('%s is as assessable as a sinus rhythm, within 3 of a hundred beats', (_, event) => {
    expect(unfit([event])).toBeLessThanOrEqual(sinus.share + 0.03)
  })

  it.each([
    ['tachycardia', { toPerMinute: 160 }, 'heart-rate-high-at-rest'],
    ['tachycardia', { toPerMinute: 210 }, 'heart-rate-extreme'],
    ['ventricular-run', { perMinute: 150 }, 'ventricular-run'],
    ['ventricular-run', { perMinute: 180 }, 'ventricular-run'],
    ['ventricular-fibrillation', { hz: 5, millivolts: 0.4 }, 'fibrillation'],
    ['ventricular-fibrillation', { hz: 6.5, millivolts: 0.2 }, 'fibrillation'],
  ])('a %s of %o is told as %s, and a narrow one as nothing worse', (kind, how, code) => {
    const told = physiological(run('120s', [{ kind, at: '60s', for: '40s', ...how }]))
    expect([...told]).toContain(code)
    const fatal = ['no-beats', 'ventricular-run', 'fibrillation'].filter((one) => told.has(one))
    if (kind === 'tachycardia') expect(fatal).toEqual([])
  })
})

describe('invariant 3: no stream ends on bad data', () => {
  const events = [
    { kind: 'desaturation', at: '60s', for: '50s', toPercent: 80 },
    { kind: 'asystole', at: '150s', for: '15s' },
  ]

  it('property: a twentieth of the frames lost, or a bit in ten thousand bytes, hides no alarm of what lasts', () => {
    const faults = fc.record({
      probability: fc.double({ min: 0, max: 0.05, noNaN: true }),
      bitFlips: fc.double({ min: 0, max: 1e-5, noNaN: true }),
      seed: fc.integer({ min: 1, max: 1000 }),
    })
    fc.assert(
      fc.property(faults, ({ probability, bitFlips, seed }) => {
        const transport = [
          { kind: 'loss', probability },
          { kind: 'bit-flips', perByte: bitFlips },
        ]
        const told = physiological(run('200s', events, transport, seed))
        expect([...told]).toEqual(expect.arrayContaining(['spo2-low', 'no-beats']))
      }),
      { numRuns: 25, seed: 1 },
    )
  }, 120_000)

  it('property: whatever is lost on the way, what is left goes on, and nothing is made up', () => {
    const clean = run('200s', events)
    const usual = physiological(clean)
    expect([...usual]).toEqual(expect.arrayContaining(['spo2-low', 'no-beats']))
    const beats = ({ items }: Ran) => items.filter(({ kind }) => kind === 'beat').length
    const faults = fc.record({
      probability: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      bitFlips: fc.double({ min: 0, max: 3e-4, noNaN: true }),
    })
    fc.assert(
      fc.property(faults, ({ probability, bitFlips }) => {
        const lossy = run('200s', events, [
          { kind: 'loss', probability },
          { kind: 'bit-flips', perByte: bitFlips },
        ])
        expect([...physiological(lossy)].filter((code) => !usual.has(code))).toEqual([])
        expect(lossy.refused['internal-error'] ?? 0).toBe(0)
        // Beats go with the seconds that they lie in, and the others stay: to the end.
        expect(beats(lossy)).toBeLessThanOrEqual(beats(clean))
        const last = lossy.items.findLast(({ kind }) => kind === 'beat')
        expect(last?.kind === 'beat' && last.tick / 1e6).toBeGreaterThan(180)
        // What is lost for more than a moment is told, and is nobody's normal.
        const lost = lossy.items.some(({ kind }) => kind === 'gap')
        if (lost) expect(lossy.told.some(({ alarm }) => alarm.code === 'data-gap')).toBe(true)
      }),
      { numRuns: 10, seed: 1 },
    )
  }, 120_000)
})
