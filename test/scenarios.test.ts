import { beforeAll, describe, expect, it } from 'vitest'
import { evaluateScenario, shippedModels } from '../edge/cli/scenario/evaluateScenario.ts'
import { runScenario, type ScenarioOptions, type Told } from '../edge/cli/scenario/runScenario.ts'
import { listScenarios } from '../simulators/scenario/library.ts'
import { builtInScenario, readScenario } from '../simulators/scenario.ts'
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
    const { id, code, type, priority, state, params, streamTime, endedTick, revision, evidence } = alarm
    return { id, code, type, priority, state, params, streamTime, endedTick, revision, evidence }
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
