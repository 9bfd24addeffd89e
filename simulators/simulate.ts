import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { mergeDevices } from './mergeDevices.ts'
import type { Scenario } from './scenario.ts'
import type { ScenarioDevice, ScenarioRun } from './scenario/run.ts'
import { deviceRuns } from './scenario/run.ts'
import type { SendOptions, Sent } from './sendMessages.ts'
import { sendMessages } from './sendMessages.ts'
import type { TruthMark } from './synthetic/syntheticDevice.ts'
import { writeAnnotations } from './truth/annotations.ts'
import { truthOf } from './truth/truth.ts'
import type { Wire } from './wire/wire.ts'

export interface SimulationOptions extends SendOptions, ScenarioRun {
  /** What the scenario is called, for the truth. */
  name?: string
  /** A file for the truth, JSON lines; it is written at the end, an interrupted run's as well. */
  truth?: string | undefined
  /** A folder for WFDB annotations, one record a device. */
  annotations?: string | undefined
}

export interface Simulated extends Sent {
  devices: ScenarioDevice[]
  /** What the transport faults have done. */
  faults: { device: string; kind: string; counts: Record<string, number> }[]
}

/** Sends what a scenario's devices measure; resolves at its end, or never without one unless interrupted. */
export async function runSimulation(scenario: Scenario, wire: Wire, options: SimulationOptions): Promise<Simulated> {
  const { name = '', truth, annotations, seed = scenario.seed, startEpochMicros } = options
  const marks = new Map<string, TruthMark[]>()
  const keepsMarks = truth !== undefined || annotations !== undefined
  const onMark = (device: string, mark: TruthMark) => {
    const own = marks.get(device)
    if (own) own.push(mark)
    else marks.set(device, [mark])
  }
  const devices = deviceRuns(scenario, { ...options, ...(keepsMarks ? { onMark } : {}) })
  const sent = await sendMessages(mergeDevices(devices.map(({ messages }) => messages)), wire, options)
  // The last frames do not tell the end: jitter delivers them after it, and where a link is lost they came long before it.
  const asked = options.seconds ?? Infinity
  const seconds = sent.ended === 'complete' && asked < Infinity ? asked : Math.min(sent.seconds, asked)
  if (truth !== undefined) {
    const lines = truthOf({ name, scenario, seed, startEpochMicros, seconds, devices, marks })
    await pipeline(jsonLines(lines), createWriteStream(truth))
  }
  if (annotations !== undefined) {
    for (const { device } of devices)
      await writeAnnotations(annotations, device, marks.get(device) ?? [], { seconds, startEpochMicros })
  }
  return {
    ...sent,
    devices: devices.map(({ wearer, device, bootId }) => ({ wearer, device, bootId })),
    faults: devices.flatMap(({ device, done }) =>
      done.map(({ fault, counts }) => ({ device, kind: fault.kind, counts })),
    ),
  }
}

function* jsonLines(lines: Iterable<object>): Generator<string, void, undefined> {
  for (const line of lines) yield `${JSON.stringify(line)}\n`
}
