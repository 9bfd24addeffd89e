import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { parse } from 'yaml'
import { z } from 'zod'
import { deviceIdPattern } from '../firmware-bridge/deviceId.ts'
import { mergeDevices } from './mergeDevices.ts'
import type { DeviceRecord } from './sendRecords.ts'
import { syntheticDevice } from './synthetic/syntheticDevice.ts'

const seconds = z.number().min(0)
const name = z
  .string()
  .regex(deviceIdPattern, '1 to 64 letters, digits, ".", "_", "-", starting with a letter or digit')

const timing = {
  /** After the device's start. */
  atSeconds: seconds,
  durationSeconds: seconds.positive(),
  /** Happens again with this period. */
  everySeconds: seconds.positive().optional(),
}

const eventSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('tachycardia'),
      ...timing,
      toPerMinute: z.number().min(100).max(220).default(150),
    }),
    z.strictObject({ kind: z.literal('desaturation'), ...timing, toPercent: z.number().min(50).max(95).default(82) }),
    z.strictObject({ kind: z.literal('walk'), ...timing }),
    z.strictObject({ kind: z.literal('lead-off'), ...timing }),
    z.strictObject({ kind: z.literal('silence'), ...timing }),
  ])
  .refine((event) => event.everySeconds === undefined || event.durationSeconds < event.everySeconds, {
    error: 'must be longer than durationSeconds',
    path: ['everySeconds'],
  })

const wearerSchema = z.strictObject({
  wearer: name,
  device: name,
  /** Makes the person; by default drawn from the scenario's seed and the wearer's name. */
  seed: z.int().min(0).max(0xffffffff).optional(),
  events: z.array(eventSchema).default([]),
})

/** Synthetic wearers and what happens to them: the events are the ground truth. */
export const scenarioSchema = z
  .strictObject({
    seed: z.int().min(0).max(0xffffffff).default(1),
    /** What the devices take for the time of day at their start, where it is not "now". */
    start: z.iso.datetime().default('2026-01-01T00:00:00Z'),
    wearers: z.array(wearerSchema).min(1),
  })
  .refine(({ wearers }) => new Set(wearers.map(({ device }) => device)).size === wearers.length, {
    error: 'each device may be used once',
    path: ['wearers'],
  })
export type Scenario = z.infer<typeof scenarioSchema>

/** A scenario that is not what it should be: one line a fault, each with its path. */
export class ScenarioError extends Error {
  override name = 'ScenarioError'
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

export interface ScenarioRun {
  /** Takes the place of the scenario's seed. */
  seed?: number | undefined
  /** Time of day at tick 0 of every device, integer µs since the epoch. */
  startEpochMicros: number
  /** Whole seconds; absent: endless. */
  seconds?: number | undefined
}

/** The stream identity of one wearer's device in a run. */
export interface ScenarioDevice {
  wearer: string
  device: string
  bootId: number
}

/**
 * Who sends in this run. The boot id follows from seed, script and start: a run at another time is another boot of the same
 * device, the same run made again is the same stream.
 */
export function scenarioDevices(
  scenario: Scenario,
  { seed = scenario.seed, startEpochMicros }: ScenarioRun,
): ScenarioDevice[] {
  return scenario.wearers.map((wearer) => {
    const bootId = crc32(JSON.stringify([seed, wearer, startEpochMicros]))
    return { wearer: wearer.wearer, device: wearer.device, bootId }
  })
}

/** Everything that the scenario's devices send, in order of time. */
export function scenarioRecords(scenario: Scenario, run: ScenarioRun): Generator<DeviceRecord, void, undefined> {
  const { seed = scenario.seed, startEpochMicros, seconds: length } = run
  const identities = scenarioDevices(scenario, run)
  return mergeDevices(
    scenario.wearers.map((wearer, i) => {
      const personSeed = wearer.seed ?? crc32(`${seed}/${wearer.wearer}`)
      const records = syntheticDevice(personSeed, {
        device: wearer.device,
        bootId: identities[i]?.bootId ?? 0,
        startEpochMicros,
        events: wearer.events,
        ...(length === undefined ? {} : { seconds: length }),
      })
      return [wearer.device, records] as const
    }),
  )
}

/** Path of a scenario that comes with the program, by its name (`demo`). */
export function builtInScenario(scenario: string): string {
  return fileURLToPath(new URL(`./scenarios/${scenario}.yaml`, import.meta.url))
}
