import { setTimeout as sleep } from 'node:timers/promises'
import type { Alarm } from '../../edge/messages.ts'
import { causesOf } from '../../edge/alarms/revise.ts'
import { readScenario } from '../../simulators/scenario.ts'
import { sendMessages } from '../../simulators/sendMessages.ts'
import { openMqttWire } from '../../simulators/wire/mqttWire.ts'
import { eventually, projectFolder } from '../real/programs.ts'
import { inflict, type Inflicted, type Outage } from './inflict.ts'
import { judge, type Verdict } from './judge.ts'
import { shippedModels } from './models.ts'
import { outageKinds, planOf } from './plan.ts'
import { SentStream } from './sentStream.ts'
import { Truth } from './truth.ts'
import { limits, startWorld, type World } from './world.ts'

export interface CampaignOptions {
  kills: number
  seed: number
  /** Stops planning further faults after so long; absent: all of the plan. */
  minutes?: number
  /** Told what happens, for a person who waits. */
  say: (text: string) => void
}

export interface CampaignResult extends Omit<Verdict, 'examples'> {
  seed: number
  /** How often each was done. */
  faults: Record<string, number>
  /** Kinds that could not be done here, and why. */
  skipped: Record<string, string>
  /** Outages that the gateway was there to notice, and those of which an alarm tells. */
  outages: { asked: number; told: number; byKind: Record<string, { asked: number; told: number }> }
  details: {
    streamHours: number
    wearers: number
    minutes: number
    /** Messages about alarms on MQTT, and different revisions in them: the rest was told again. */
    alarmMessages: number
    refusedStarts: number
    /** What the gateway said of itself in the end. */
    dropped: number
    lostFrames: number
    refused: Record<string, unknown>
    examples: string[]
    untold: Outage[]
  }
}

/** Stream time passes so much faster than life. */
const speed = 20
/** Real time between the start of the stream and the first fault, ms: models warm up, alarms begin. */
const quietMillis = 5000
const settleSeconds = 180

/**
 * Runs real processes through a seeded plan of faults while synthetic wearers send over MQTT, and holds what arrived in the
 * end against the same stream through the same pipeline, undisturbed. Everything is simulated but the processes.
 *
 * @throws Error where a part does not come back, or does not settle
 */
export async function campaign({ kills, seed, minutes = Infinity, say }: CampaignOptions): Promise<CampaignResult> {
  const scenario = await readScenario(`${projectFolder}/test/faults/eventful.yaml`)
  const assignments = scenario.wearers.map(({ device, wearer }) => ({ device, wearer }))
  const beganAt = performance.now()
  const world = await startWorld(assignments)
  try {
    const startEpochMicros = Date.now() * 1000
    const truth = new Truth({ ...(await shippedModels()), limits, assignments, startEpochMicros })
    const stream = new SentStream(scenario, {
      seed,
      startEpochMicros,
      onSent: (device, atMicros, records) => truth.push(device, atMicros, records),
    })
    const wire = await openMqttWire(world.broker.url)
    const sending = sendMessages(stream.messages(), wire, { speed })
    let broken: Error | undefined
    sending.catch((error: unknown) => (broken = error as Error))
    await sleep(quietMillis)

    const done: Inflicted = { kills: 0, outages: [], refusedStarts: 0 }
    const faults: Record<string, number> = {}
    const plan = planOf(
      kills,
      seed,
      outageKinds.filter((kind) => !(kind in world.missing)),
    )
    for (const [index, step] of plan.entries()) {
      if (broken !== undefined) throw broken
      if (performance.now() - beganAt > minutes * 60_000) break
      say(`${index + 1} of ${plan.length}: ${step.kind}`)
      await inflict(step, world, done)
      if (step.kind !== 'gateway-killed') faults[step.kind] = (faults[step.kind] ?? 0) + 1
    }
    faults['gateway-killed'] = done.kills
    say('everything works again: waiting for the rest')
    await sleep(quietMillis)
    stream.end()
    await sending
    await wire.close('confirmed')
    const devices = new Set(assignments.map(({ device }) => device))
    await settled(world, devices)

    const { health, stored, summaries } = await arrived(world)
    const { examples, ...verdict } = judge(
      { alarms: [...truth.alarms.values()], summaries: [...truth.summaries.values()] },
      { stored, told: world.told, summaries },
    )
    const untold = untoldOf(done.outages, stored)
    return {
      seed,
      faults,
      skipped: world.missing,
      ...verdict,
      outages: countOutages(done.outages, untold),
      details: {
        streamHours: stream.atMicros / 3.6e9,
        wearers: assignments.length,
        minutes: (performance.now() - beganAt) / 60_000,
        alarmMessages: world.messages(),
        refusedStarts: done.refusedStarts,
        dropped: health.outbox.dropped,
        lostFrames: health.devices.lostFrames,
        refused: health.refused,
        examples,
        untold,
      },
    }
  } finally {
    await world.stop()
  }
}

/** The last word of each device has arrived, and nothing waits any more. */
async function settled({ gateway, stored }: World, devices: ReadonlySet<string>): Promise<void> {
  await eventually(
    'every device is off and everything is confirmed',
    async () => {
      const { outbox } = await gateway.health()
      if (Object.keys(outbox.waiting).length > 0) return undefined
      const off = (await stored()).stored.filter(({ code }) => code === 'device-off').flatMap((alarm) => alarm.devices)
      return new Set(off).size === devices.size || undefined
    },
    settleSeconds,
  )
  // Open seconds are closed a few seconds after the last word.
  await sleep(3000)
}

async function arrived({ gateway, stored }: World) {
  await eventually(
    'nothing waits',
    async () => Object.keys((await gateway.health()).outbox.waiting).length === 0 || undefined,
  )
  return { health: await gateway.health(), ...(await stored()) }
}

/** An outage is told by an alarm about it that stood in it; no two by the same one. */
function untoldOf(outages: readonly Outage[], stored: readonly Alarm[]): Outage[] {
  const left = new Set(stored.filter(({ wearer }) => wearer === undefined).flatMap(causesOf))
  return outages.filter(({ code, about, from, to }) => {
    const cause = [...left].find((one) => {
      const ended = one.endedAt === undefined ? Infinity : Date.parse(one.endedAt)
      return one.code === code && one.about === about && Date.parse(one.at) <= to && ended >= from
    })
    if (cause !== undefined) left.delete(cause)
    return cause === undefined
  })
}

function countOutages(asked: readonly Outage[], untold: readonly Outage[]): CampaignResult['outages'] {
  const byKind: CampaignResult['outages']['byKind'] = {}
  for (const outage of asked) {
    const of = (byKind[outage.kind] ??= { asked: 0, told: 0 })
    of.asked += 1
    if (!untold.includes(outage)) of.told += 1
  }
  return { asked: asked.length, told: asked.length - untold.length, byKind }
}
