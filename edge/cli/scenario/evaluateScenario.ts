import { loadBundle } from '../../../models/bundle.ts'
import { shippedBundle } from '../../../models/shippedBundle.ts'
import { builtInScenario, readScenario } from '../../../simulators/scenario.ts'
import { beginnings, judgeScenario, type Held } from './judgeScenario.ts'
import { knownWearers } from './knownWearers.ts'
import { runScenario, type ScenarioOptions } from './runScenario.ts'

export interface ScenarioResult {
  /** The scenario's name. */
  file: string
  ok: boolean
  held: Held[]
  /** Every alarm that was announced: when it was told, and its onset, seconds after the start. */
  alarms: { code: string; priority: string; type: string; wearer?: string; told: number; onset: number }[]
  refused: Record<string, number>
  seconds: number
  cpuSeconds: number
}

/** The models that come with the program, as a gateway loads them. */
export async function shippedModels(): Promise<Pick<ScenarioOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle'>> {
  return {
    bundle: await loadBundle(shippedBundle('ecg-beat'), { kind: 'ecg-beat' }),
    vitalsBundle: await loadBundle(shippedBundle('vitals')),
    ppgBundle: await loadBundle(shippedBundle('ppg-quality'), { kind: 'ppg-window' }),
  }
}

/** A scenario without an end is held for so long, s. */
const endlessSeconds = 150

/** Runs a scenario of the library and holds the alarms against what it names and forbids. */
export async function evaluateScenario(name: string, options: ScenarioOptions): Promise<ScenarioResult> {
  const scenario = await readScenario(builtInScenario(name))
  const seconds = options.seconds ?? scenario.length ?? endlessSeconds
  const before = process.cpuUsage()
  const { told, truth, refused } = runScenario(name, scenario, { state: knownWearers(scenario), ...options, seconds })
  const { user, system } = process.cpuUsage(before)
  const held = judgeScenario(truth, told)
  const start = Date.parse(scenario.start)
  return {
    file: name,
    ok: held.every(({ ok }) => ok),
    held,
    alarms: beginnings(told).map(({ now, alarm: { code, priority, type, wearer, at } }) => ({
      code,
      priority,
      type,
      ...(wearer !== undefined && { wearer }),
      told: (now / 1000 - start) / 1000,
      onset: (Date.parse(at) - start) / 1000,
    })),
    refused,
    seconds,
    cpuSeconds: (user + system) / 1e6,
  }
}
