import { fastNormals } from './fastNormals.ts'
import type { Occurrence, Script } from './events.ts'

/**
 * A fall, in s from its start and g: weightless for about 0.4 s, then an impact of three g and more, then still (Kangas et al.,
 * Gait Posture 28:285, 2008; Bourke, O'Brien & Lyons, Gait Posture 26:194, 2007).
 */
const weightlessSeconds = 0.4
const weightless = 0.75
const impactSeconds = 0.09
const impact = 3.4
const reboundSeconds = 0.35
const rebound = 0.5
/**
 * A tonic-clonic convulsion: stiffness with a fine tremor, then jerks that grow slower from 4 to 1 a second (Beniczky et al.,
 * Epilepsia 54:e58, 2013).
 */
const tonicSeconds = 12
const tremorHz = 9
const tremor = 0.15
const fastestJerksHz = 4
const slowestJerksHz = 1
const jerk = 1.1
/** Restless movement of the limb with the device: noise below 3 Hz, g at strength 1. */
const restless = 0.45
const restlessHz = 3

/** The three axes of one second: added to up, forward and sideways, g. */
export interface Jolts {
  up: Float64Array
  forward: Float64Array
  sideways: Float64Array
}

/**
 * What shakes the device apart from activity. Call it once a second, in order; gives undefined where nothing does. The arrays
 * are used again at the next call.
 */
export function joltModel(seed: number, script: Script, rateHz: number): (second: number) => Jolts | undefined {
  const normal = fastNormals(seed, 'jolts')
  const jolts: Jolts = {
    up: new Float64Array(rateHz),
    forward: new Float64Array(rateHz),
    sideways: new Float64Array(rateHz),
  }
  const axes = [jolts.up, jolts.forward, jolts.sideways]
  const keep = Math.exp((-2 * Math.PI * restlessHz) / rateHz)
  // Two low passes of the same corner on white noise of deviation 1, brought back to 1.
  const level = Math.sqrt((1 - keep * keep) ** 3 / (1 + keep * keep)) / (1 - keep) ** 2
  const filters = axes.map(() => ({ first: 0, second: 0 }))
  let jerkPhase = 0

  const shake = (strength: number) => {
    for (const [a, axis] of axes.entries()) {
      const filter = filters[a]!
      for (let i = 0; i < rateHz; i++) {
        filter.first = keep * filter.first + (1 - keep) * normal()
        filter.second = keep * filter.second + (1 - keep) * filter.first
        axis[i]! += restless * strength * level * filter.second
      }
    }
  }
  const fall = (second: number, { fromSeconds }: Occurrence<'fall'>) => {
    for (let i = 0; i < rateHz; i++) {
      const since = second + i / rateHz - fromSeconds
      const sinceImpact = since - weightlessSeconds
      if (since < 0 || sinceImpact > impactSeconds + reboundSeconds) continue
      if (sinceImpact < 0) jolts.up[i]! -= weightless * Math.min(1, since / 0.1)
      else if (sinceImpact < impactSeconds) {
        const hit = impact * Math.sin((Math.PI * sinceImpact) / impactSeconds)
        jolts.up[i]! += hit
        jolts.forward[i]! += 0.5 * hit
        jolts.sideways[i]! += 0.3 * hit
      } else jolts.forward[i]! += rebound * Math.sin((2 * Math.PI * (sinceImpact - impactSeconds)) / 0.12)
    }
  }
  const convulse = (second: number, { fromSeconds, toSeconds }: Occurrence<'convulsion'>) => {
    for (let i = 0; i < rateHz; i++) {
      const at = second + i / rateHz
      if (at < fromSeconds || at >= toSeconds) continue
      const since = at - fromSeconds
      if (since < tonicSeconds) {
        jolts.up[i]! += tremor * Math.sin(2 * Math.PI * tremorHz * since)
        jolts.sideways[i]! += tremor * Math.cos(2 * Math.PI * tremorHz * since)
        continue
      }
      const done = (since - tonicSeconds) / Math.max(1, toSeconds - fromSeconds - tonicSeconds)
      jerkPhase += (fastestJerksHz + (slowestJerksHz - fastestJerksHz) * done) / rateHz
      const beat = jerkPhase % 1
      const force = beat < 0.35 ? jerk * Math.sin((Math.PI * beat) / 0.35) : 0
      jolts.up[i]! += force * (1 + 0.15 * normal())
      jolts.forward[i]! -= 0.7 * force * (1 + 0.15 * normal())
      jolts.sideways[i]! += 0.4 * force * (1 + 0.15 * normal())
    }
  }
  return (second) => {
    const motion = script('motion', second, second + 1)
    const fallen = script('fall', second, second + 1)
    const convulsion = script('convulsion', second, second + 1)
    if (!motion && !convulsion && !(fallen && second < fallen.fromSeconds + 2)) return undefined
    for (const axis of axes) axis.fill(0)
    if (motion) shake(motion.event.strength)
    if (fallen) fall(second, fallen)
    if (convulsion) convulse(second, convulsion)
    return jolts
  }
}
