import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { deviceIdPattern } from '../firmware-bridge/deviceId.ts'
import { signalNames } from '../firmware-bridge/signals.ts'
import { fixedStart } from './fixedStart.ts'
import { expectableCodeNames } from './scenario/alarmCodes.ts'
import { duration, positiveDuration } from './scenario/duration.ts'
import { scenarioEvent } from './scenario/event.ts'
import { expectations } from './scenario/expectation.ts'
import { deviceClock } from './transport/deviceClock.ts'
import type { TransportFault } from './transport/faults.ts'
import { transportFault } from './transport/faults.ts'

export { builtInScenario } from './scenario/library.ts'

const name = z
  .string()
  .regex(deviceIdPattern, '1 to 64 letters, digits, ".", "_", "-", starting with a letter or digit')
const seed = z.int().min(0).max(0xffffffff)

const wearerSchema = z.strictObject({
  wearer: name,
  device: name,
  /** Makes the person; by default drawn from the scenario's seed and the wearer's name. */
  seed: seed.optional(),
  /** What the device sends; absent: its usual set. */
  signals: z.array(z.enum(signalNames)).min(1).optional(),
  /** So long before the start the gateway has known the wearer, on ordinary days: for whoever runs the scenario. */
  known: positiveDuration.optional(),
  /** What happens to the wearer and to the sensors. */
  events: z.array(scenarioEvent).default([]),
  /** What happens to the device's clock and on its way to the gateway. */
  transport: z.array(transportFault).default([]).superRefine(checkFaults),
  /** What a person does at the gateway: for whoever runs the scenario, as a simulator cannot. */
  acknowledge: z.array(z.strictObject({ code: z.enum(expectableCodeNames), at: duration })).default([]),
  /** For the whole run. */
  ...expectations,
})

/** Synthetic wearers and what happens to them: the events are the ground truth. */
export const scenarioSchema = z
  .strictObject({
    seed: seed.default(1),
    /** What the devices take for the time of day at their start, where it is not "now". */
    start: z.iso.datetime().default(fixedStart),
    /** How long it runs where nobody says otherwise; absent: without end. */
    length: positiveDuration.optional(),
    wearers: z.array(wearerSchema).min(1),
  })
  .refine(({ wearers }) => new Set(wearers.map(({ device }) => device)).size === wearers.length, {
    error: 'each device may be used once',
    path: ['wearers'],
  })
export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioWearer = Scenario['wearers'][number]

/** A scenario that is not what it should be: one line a fault, each with its path. */
export class ScenarioError extends Error {
  override name = 'ScenarioError'
}

/** What is wrong with several faults together. */
function checkFaults(faults: TransportFault[], context: z.RefinementCtx): void {
  try {
    deviceClock(faults, 0)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
  }
}

/** Reads a scenario file; rejects with a `ScenarioError` naming file and path of each fault. */
export async function readScenario(path: string): Promise<Scenario> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ScenarioError(`${path}: expected a readable file, received ${error.code ?? error.message}`)
  })
  return parseScenario(path, text)
}

/** Checks the text of a scenario; `file` is for the messages. */
export function parseScenario(file: string, text: string): Scenario {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new ScenarioError(`${file}: expected YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
  const checked = scenarioSchema.safeParse(value, { reportInput: true })
  if (checked.success) return checked.data
  throw new ScenarioError(
    checked.error.issues
      .map(({ path, message, input }) => {
        const came = input === undefined || typeof input === 'object' ? '' : `, received ${JSON.stringify(input)}`
        return `${file}: ${path.join('.') || 'scenario'}: ${message}${came}`
      })
      .join('\n'),
  )
}
