import type { Scenario, ScenarioDevice, ScenarioRun } from './scenario.ts'
import { scenarioDevices, scenarioRecords } from './scenario.ts'
import type { SendOptions, Sent } from './sendRecords.ts'
import { sendRecords } from './sendRecords.ts'
import type { Wire } from './wire/wire.ts'

export type SimulationOptions = SendOptions & ScenarioRun

/** Sends what a scenario's devices measure; resolves at its end, or never without one unless interrupted. */
export async function runSimulation(
  scenario: Scenario,
  wire: Wire,
  options: SimulationOptions,
): Promise<Sent & { devices: ScenarioDevice[] }> {
  const sent = await sendRecords(scenarioRecords(scenario, options), wire, options)
  return { ...sent, devices: scenarioDevices(scenario, options) }
}
