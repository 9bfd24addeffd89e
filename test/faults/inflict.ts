import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../real/programs.ts'
import type { OutageKind, Step } from './plan.ts'
import type { World } from './world.ts'

/** An outage that somebody must have been told of. */
export interface Outage {
  kind: OutageKind
  /** The alarm that tells of it. */
  code: string
  about?: string
  /** By the gateway's clock, ms since the epoch. */
  from: number
  to: number
}

export interface Inflicted {
  kills: number
  outages: Outage[]
  /** Times that a gateway refused to start, and said why, as its disk was full. */
  refusedStarts: number
}

/** So long the gateway runs on in an outage, ms: it is told after five seconds, and some waiting comes before. */
const noticedMillis = 12_000
/** An answer that comes so late is none; one that comes so much earlier is only slow. */
const [stalledMillis, slowMillis] = [20_000, 800]
const longestStepMillis = 20 * 60_000
/** A busy machine takes its time; that everything comes back is asked, not how soon. */
const recoverySeconds = 240
/** It looks each second. */
const saidMillis = 1500

/** Carries out one step of the plan; at its end everything works again. */
export async function inflict(step: Step, world: World, done: Inflicted): Promise<void> {
  if (step.kind === 'gateway-killed') return killAndStart(step, world, done)
  const { gateway, clock } = world
  await sleep(step.restMillis)
  const now = (): number => Date.now() + (clock?.offsetMillis() ?? 0)
  const before = now()
  const end = await begin(step, world)
  // Where the clock is set, what tells of it is of the new time.
  const from = step.kind === 'clock-stepped' ? now() : before
  let refused = false
  if (step.killAfter !== undefined) {
    await sleep(step.killAfter)
    await gateway.end('SIGKILL')
    done.kills += 1
    refused = !(await starts(world, step.kind, done))
  }
  const asked = refused ? [] : await askedOf(step, world)
  await end()
  if (refused) await gateway.start()
  await recovered(world)
  const to = now()
  done.outages.push(...asked.map((of) => ({ kind: step.kind, ...of, from, to })))
}

/** Everything answers again, and the gateway has had the time to say so. */
async function recovered({ gateway }: World): Promise<void> {
  await eventually(
    'the gateway has everything again',
    async () => ((await gateway.health()).status === 'ok' ? true : undefined),
    recoverySeconds,
  )
  await sleep(saidMillis)
}

async function killAndStart(
  { after, millis }: Extract<Step, { kind: 'gateway-killed' }>,
  { gateway }: World,
  done: Inflicted,
): Promise<void> {
  if (after === 'start') {
    // It is killed before the one that is to follow answers as well.
    await gateway.end('SIGKILL')
    const starting = gateway.start().catch(() => undefined)
    await sleep(millis)
    await gateway.end('SIGKILL')
    await starting
    done.kills += 2
  } else {
    await sleep(millis)
    await gateway.end('SIGKILL')
    done.kills += 1
  }
  await gateway.start()
}

/** Starts the gateway again; false where it refused because of its full disk, as it may. */
async function starts({ gateway }: World, kind: OutageKind, done: Inflicted): Promise<boolean> {
  try {
    await gateway.start()
    return true
  } catch (error) {
    if (kind !== 'disk-full' || !/room|full/i.test(String(error))) throw error
    done.refusedStarts += 1
    return false
  }
}

/** Makes it happen; gives what makes it good again. */
async function begin(
  { kind, size }: Extract<Step, { restMillis: number }>,
  world: World,
): Promise<() => Promise<void>> {
  const { broker, influxd, proxy, disk, clock } = world
  const pass = (): Promise<void> => proxy.set({ kind: 'pass' })
  switch (kind) {
    case 'influx-stopped':
      await (size < 0.5 ? influxd.kill() : influxd.stop())
      return () => influxd.start()
    case 'influx-refusing':
      await proxy.set({ kind: 'refuse' })
      return pass
    case 'influx-slow':
      await proxy.set({ kind: 'slow', millis: isStalled(size) ? stalledMillis : slowMillis })
      return pass
    case 'influx-5xx':
      await proxy.set({ kind: 'error', status: [500, 502, 503, 504][Math.floor(size * 4)] ?? 500 })
      return pass
    case 'influx-half-answer':
      await proxy.set({ kind: 'half' })
      return pass
    case 'broker-bounced':
      await broker.down()
      return () => broker.up()
    case 'disk-full':
      // With something to write that cannot go away again.
      await proxy.set({ kind: 'refuse' })
      disk?.fill()
      return async () => {
        disk?.free()
        await pass()
      }
    case 'clock-stepped':
      clock?.set(Math.round((size - 0.5) * 2 * longestStepMillis))
      return () => Promise.resolve()
  }
}

const isStalled = (size: number): boolean => size < 0.6

/** Waits until the gateway must have noticed, and says what it must have told. */
async function askedOf(
  { kind, size, killAfter }: Extract<Step, { restMillis: number }>,
  { gateway }: World,
): Promise<Pick<Outage, 'code' | 'about'>[]> {
  const influx = { code: 'destination-unreachable', about: 'influx' }
  switch (kind) {
    case 'influx-slow':
      await sleep(noticedMillis)
      return isStalled(size) ? [influx] : []
    case 'influx-stopped':
    case 'influx-refusing':
    case 'influx-5xx':
    case 'influx-half-answer':
      await sleep(noticedMillis)
      return [influx]
    case 'broker-bounced':
      await sleep(noticedMillis)
      return [{ code: 'destination-unreachable', about: 'mqtt' }]
    case 'disk-full': {
      const failed = await eventually(
        'the disk takes nothing',
        async () => ((await gateway.health()).disk === undefined ? undefined : true),
        noticedMillis / 1000,
      ).catch(() => false)
      await sleep(2000)
      // An outage of the disk cannot be told before it is over; that of InfluxDB neither.
      return failed ? [{ code: 'data-file-unwritable', about: 'data-file' }] : [influx]
    }
    case 'clock-stepped':
      await sleep(3000)
      // A gateway that was away meanwhile cannot know.
      return killAfter === undefined ? [{ code: 'gateway-clock-step' }] : []
  }
}
