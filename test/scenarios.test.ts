import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { causesOf } from '../edge/alarms/revise.ts'
import { evaluateScenario, shippedModels } from '../edge/cli/scenario/evaluateScenario.ts'
import { runScenario, type ScenarioOptions, type Told } from '../edge/cli/scenario/runScenario.ts'
import { listScenarios } from '../simulators/scenario/library.ts'
import { builtInScenario, readScenario, scenarioSchema } from '../simulators/scenario.ts'
import { seededRandom } from '../simulators/synthetic/random.ts'

const names = (await listScenarios()).map(({ name }) => name)
let models: Pick<ScenarioOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle'>

beforeAll(async () => {
  models = await shippedModels()
})

describe('a scenario gives the alarms that it names within their delay, and none that it forbids', () => {
  it.each(names)(
    '%s',
    async (name) => {
      const { held, refused } = await evaluateScenario(name, models)
      expect(held.length).toBeGreaterThan(0)
      expect(held.filter(({ ok }) => !ok)).toEqual([])
      expect(refused['internal-error'] ?? 0).toBe(0)
    },
    400_000,
  )
})

/** Everything of an alarm but gateway times. */
function canonical({ told }: { told: readonly Told[] }) {
  return told.map(({ alarm }) => {
    const { id, code, type, priority, state, params, streamTime, endedTick, revision } = alarm
    const causes = causesOf(alarm).map(({ code, params, streamTime, evidence }) => ({
      code,
      params,
      streamTime,
      evidence,
    }))
    return { id, code, type, priority, state, params, streamTime, endedTick, revision, causes }
  })
}

describe('state that moves', () => {
  const events = ['desaturation-after-acknowledged', 'bad-link', 'reboot-and-clock-step', 'fall']
  it.each(events)(
    '%s gives the same alarms with snapshot and restore at 50 random points',
    async (name) => {
      const scenario = await readScenario(builtInScenario(name))
      const whole = runScenario(name, scenario, models)
      expect(whole.told.length).toBeGreaterThan(0)
      const random = seededRandom(6, name)
      const restoreAt = Array.from({ length: 50 }, () => random.uniform() * scenario.length!)
      expect(canonical(runScenario(name, scenario, { ...models, restoreAt }))).toEqual(canonical(whole))
    },
    120_000,
  )
})

describe('clock and link', () => {
  const events = [
    { kind: 'tachycardia', at: '60s', for: '60s', toPerMinute: 150 },
    { kind: 'desaturation', at: '100s', for: '50s', toPercent: 80 },
    { kind: 'asystole', at: '180s', for: '20s' },
  ]
  /** Alarms with onset in stream time, without the boot id, which follows from the scenario. */
  const alarmsOf = (transport: readonly object[]) => {
    const wearers = [{ wearer: 'w-01', device: 'sim-01', seed: 5, events, transport }]
    const scenario = scenarioSchema.parse({ length: '230s', wearers })
    const { told } = runScenario('property', scenario, models)
    return canonical({ told: told.filter(({ alarm }) => alarm.code !== 'clock-step') }).map((alarm) => ({
      ...alarm,
      id: alarm.id.replace(String(alarm.streamTime?.bootId), 'boot'),
      streamTime: alarm.streamTime?.tick,
      causes: alarm.causes.map((cause) => ({ ...cause, streamTime: cause.streamTime?.tick })),
    }))
  }

  it('property: drift, jitter, bursts, duplicates, reordering and a clock that is set change no alarm', () => {
    const clean = alarmsOf([])
    expect(clean.flatMap(({ causes }) => causes.map(({ code }) => code))).toEqual(
      expect.arrayContaining(['heart-rate-high-at-rest', 'spo2-low', 'no-beats']),
    )
    const faults = fc.record({
      ppm: fc.integer({ min: -200, max: 200 }),
      jitter: fc.integer({ min: 1, max: 400 }),
      hold: fc.integer({ min: 1, max: 6 }),
      duplicate: fc.double({ min: 0, max: 0.2, noNaN: true }),
      reorder: fc.record({
        probability: fc.double({ min: 0, max: 0.3, noNaN: true }),
        distance: fc.integer({ min: 1, max: 10 }),
      }),
      by: fc.integer({ min: 3, max: 7200 }),
      back: fc.boolean(),
    })
    fc.assert(
      fc.property(faults, ({ ppm, jitter, hold, duplicate, reorder, by, back }) => {
        const transport = [
          { kind: 'clock-drift', ppm },
          { kind: 'clock-step', at: '90s', by: `${by}s`, back },
          { kind: 'jitter', upTo: `${jitter}ms` },
          { kind: 'bursts', at: '30s', for: '60s', every: '20s', hold: `${hold}s` },
          { kind: 'duplicate', probability: duplicate },
          { kind: 'reorder', ...reorder },
        ]
        expect(alarmsOf(transport)).toEqual(clean)
      }),
      { numRuns: 12, seed: 1 },
    )
  }, 120_000)
})
