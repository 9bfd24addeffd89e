import { gzipSync } from 'node:zlib'
import type { Scenario } from '../../../simulators/scenario.ts'
import { evidenceSchema, type Evidence } from '../../evidence/evidence.ts'
import { replayEvidence, type ReplayModels } from '../../evidence/replay.ts'
import type { Alarm } from '../../messages.ts'
import { knownWearers } from './knownWearers.ts'
import { runScenario, type ScenarioOptions } from './runScenario.ts'

export interface ReplayedScenario {
  /** Alarms that were raised, and those with evidence. */
  raised: number
  evidenced: number
  /** Times that they were announced with evidence, and times that it replays to just that, as kept at either time. */
  kept: number
  same: number
  /** How many were raised, and how many of them have no evidence, by code. */
  codes: Record<string, { raised: number; without: number }>
  /** By alarm id: what came out otherwise. */
  differences: Record<string, string[]>
  /** Of the later evidence each time, compressed, in all. */
  bytes: number
}

/** Runs a scenario, replays the evidence of every alarm through JSON as soon as it is kept, and holds the two against each other. */
export function replayScenario(
  name: string,
  scenario: Scenario,
  options: ScenarioOptions & ReplayModels,
): ReplayedScenario {
  const bytes = new Map<string, number>()
  const differences: Record<string, string[]> = {}
  const evidence = {
    keep({ id: alarm, revision }: Alarm, pack: () => Evidence): void {
      const id = revision === 1 ? alarm : `${alarm}~${revision}`
      const json = JSON.stringify(pack())
      bytes.set(id, gzipSync(json).length)
      const found = replayEvidence(evidenceSchema.parse(JSON.parse(json)), options).differences
      if (found.length > 0) differences[id] = [...(differences[id] ?? []), ...found]
    },
    filesOf: () => [],
  }
  const { told } = runScenario(name, scenario, { state: knownWearers(scenario), ...options, evidence })
  const raised = new Map(told.map(({ alarm }) => [alarm.id, alarm]))
  const evidenced = new Set([...bytes.keys()].map((id) => id.replace(/~\d+$/, '')))
  const codes: ReplayedScenario['codes'] = {}
  for (const { id, code } of raised.values()) {
    const counts = (codes[code] ??= { raised: 0, without: 0 })
    counts.raised += 1
    if (!evidenced.has(id)) counts.without += 1
  }
  return {
    raised: raised.size,
    evidenced: evidenced.size,
    kept: bytes.size,
    same: bytes.size - Object.keys(differences).length,
    codes,
    differences,
    bytes: [...bytes.values()].reduce((sum, size) => sum + size, 0),
  }
}
