import { seededRandom } from '../../simulators/synthetic/random.ts'

/** What may be made to happen to a running gateway, besides being killed. */
export const outageKinds = [
  'influx-stopped',
  'influx-refusing',
  'influx-slow',
  'influx-5xx',
  'influx-half-answer',
  'broker-bounced',
  'disk-full',
  'clock-stepped',
] as const
export type OutageKind = (typeof outageKinds)[number]

/** One thing after another; all times ms. */
export type Step =
  /** `kill -9`: so long after the gateway answered, or after it was started, before it answers. */
  | { kind: 'gateway-killed'; after: 'answer' | 'start'; millis: number }
  /** `killAfter`: the gateway is killed and started again in the middle of it. `size`: what else is random about it, 0 to 1. */
  | { kind: OutageKind; restMillis: number; size: number; killAfter?: number }

/** Of the kills so many fall into the start of the gateway, the rest into its work. */
const shareAtStart = 0.15
/** One outage of each kind for so many kills. */
const killsPerOutage = 40
const longestUptimeMillis = 4000

/**
 * A campaign of so many kills in all, with outages of each kind among them in random order; every second outage has a kill
 * in it. The same seed gives the same plan.
 */
export function planOf(kills: number, seed: number, kinds: readonly OutageKind[]): Step[] {
  const random = seededRandom(seed, 'fault plan')
  const between = (low: number, high: number): number => Math.round(low + random.uniform() * (high - low))
  const rounds = Math.max(1, Math.round(kills / killsPerOutage))
  let left = kills
  const outages = kinds.flatMap((kind, index) =>
    Array.from({ length: rounds }, (_, round): Step => {
      const kill = (index + round) % 2 === 0 && left > 0
      if (kill) left -= 1
      const step = { kind, restMillis: between(500, 2500), size: random.uniform() }
      return kill ? { ...step, killAfter: between(200, 3000) } : step
    }),
  )
  const killSteps: Step[] = []
  while (left > 0) {
    // To be killed while it starts it must be started, and so killed before.
    const atStart = left >= 2 && random.uniform() < shareAtStart
    left -= atStart ? 2 : 1
    const [after, low, high] = atStart ? (['start', 50, 1500] as const) : (['answer', 0, longestUptimeMillis] as const)
    killSteps.push({ kind: 'gateway-killed', after, millis: between(low, high) })
  }
  const steps = [...outages, ...killSteps]
  for (let i = steps.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random.uniform() * (i + 1))
    ;[steps[i], steps[j]] = [steps[j] as Step, steps[i] as Step]
  }
  return steps
}
