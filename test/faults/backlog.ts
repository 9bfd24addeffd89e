import type { Alarm, Stored, Summary } from '../../edge/messages.ts'
import { decoders } from '../../firmware-bridge/decoders.ts'
import { fleetDevices } from '../../simulators/fleet/fleetDevices.ts'
import { syntheticFleet } from '../../simulators/fleet/syntheticFleet.ts'
import type { Scenario } from '../../simulators/scenario.ts'
import { scenarioMessages } from '../../simulators/scenario/run.ts'
import type { Random } from '../../simulators/synthetic/random.ts'
import type { Message } from '../../simulators/wire/messages.ts'
import { Truth, type TruthOptions } from './truth.ts'

/** People whose summaries the pipeline makes; all others say something like one of them. */
const people = 8
const seconds = 600
const start = Date.UTC(2026, 0, 1) * 1000

/** What the pipeline makes of a few simulated people. */
export interface Templates {
  /** By person, in order of time. */
  seconds: Summary[][]
  minutes: Summary[][]
  /** All revisions of each alarm. */
  alarms: Alarm[][]
}

type Models = Pick<TruthOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle' | 'limits'>

/** Summaries of people to whom nothing happens, alarms of those of the scenario. */
export function templatesOf(scenario: Scenario, models: Models): Templates {
  const run = { wearers: people, seed: 1, startEpochMicros: start, seconds }
  const calm = fleetDevices(run)
  const summaries = [...made(syntheticFleet(run), calm, models).summaries.values()]
  const eventful = made(scenarioMessages(scenario, run), scenario.wearers, models)
  const of = (spanSeconds: number): Summary[][] =>
    calm.map(({ wearer }) => summaries.filter((one) => one.wearer === wearer && one.spanSeconds === spanSeconds))
  return { seconds: of(1), minutes: of(60), alarms: [...eventful.revisions.values()] }
}

function made(messages: Iterable<Message>, assignments: readonly { device: string; wearer: string }[], models: Models) {
  const truth = new Truth({ ...models, assignments, startEpochMicros: start })
  const decode = new Map(assignments.map(({ device }) => [device, decoders.frame.messages()]))
  for (const { device, atMicros, bytes } of messages) truth.push(device, atMicros, decode.get(device)?.(bytes) ?? [])
  return truth
}

/**
 * What one wearer says in a second of an outage: the like of a template, with other values of the same precision, so that it
 * packs no better than what people say.
 *
 * @param second since the outage began, at `beganAt` (ms since the epoch, a full minute)
 */
export function backlogOf(
  templates: Templates,
  {
    second,
    beganAt,
    wearer,
    index,
    random,
  }: { second: number; beganAt: number; wearer: string; index: number; random: Random },
): Extract<Stored, { kind: 'summary' }>[] {
  const like = (own: readonly Summary[][], n: number, atSecond: number): Summary[] => {
    const all = own[index % own.length] ?? []
    const template = all[(n + index * 7) % all.length]
    if (template === undefined) return []
    return [{ ...varied(template, random), wearer, at: new Date(beganAt + atSecond * 1000).toISOString() }]
  }
  const made = [
    ...like(templates.seconds, second, second),
    ...(second % 60 === 59 ? like(templates.minutes, (second - 59) / 60, second - 59) : []),
  ]
  return made.map((summary) => ({ kind: 'summary', summary }))
}

/** All revisions of an alarm like one of the templates, that begins at `atMillis`. */
export function alarmRevisions(
  { alarms }: Templates,
  { wearer, atMillis, index }: { wearer: string; atMillis: number; index: number },
): Extract<Stored, { kind: 'alarm' }>[] {
  const template = alarms[index % alarms.length] ?? []
  const at = new Date(atMillis).toISOString()
  return template.map((alarm) => {
    const device = alarm.devices[0] ?? ''
    const text = JSON.stringify(alarm).replaceAll(`"${alarm.wearer}"`, `"${wearer}"`).replaceAll(device, `d-${wearer}`)
    return {
      kind: 'alarm',
      alarm: { ...(JSON.parse(text) as Alarm), id: `${alarm.code}.d-${wearer}.1.${atMillis}`, at },
    }
  })
}

function varied(summary: Summary, random: Random): Summary {
  const means = Object.fromEntries(Object.entries(summary.means).map(([name, value]) => [name, near(value, random)]))
  return { ...summary, means, ...(summary.score !== undefined && { score: near(summary.score, random) }) }
}

/** Another value near this one: a whole number, or one of single precision, where this is. */
function near(value: number, random: Random): number {
  if (Number.isInteger(value)) return value + Math.round(random.normal(0, 0.7))
  const other = value * random.normal(1, 0.01)
  return Math.fround(value) === value ? Math.fround(other) : other
}
