import type { Script } from './events.ts'
import { fastNormals } from './fastNormals.ts'
import { within } from './frontEnd.ts'

/** Skin and electrode stretch with movement, mV for each g; with a bad contact more. */
const stretchMillivolts = 0.12
const badStretchMillivolts = 0.9
const stretchHz = 6
/** Muscle, mV r.m.s. for each g of movement, and in a convulsion. */
const muscleMillivolts = 0.04
const badMuscleMillivolts = 0.12
const convulsionMillivolts = 0.25
/** Two slow waves of a wandering baseline, Hz. */
const wanderHz = [0.17, 0.31] as const

/**
 * What movement, muscles, mains and loose contacts add to an ECG. The function adds one second to `millivolts`; call it once a
 * second, in order. A body at rest with good contacts is left as it is.
 */
export function electrodeNoise(
  seed: number,
  script: Script,
): (second: number, millivolts: Float64Array, shake: Float64Array | undefined) => void {
  const normal = fastNormals(seed, 'electrodes')
  let stretch = 0
  return (second, millivolts, shake) => {
    const rateHz = millivolts.length
    if (shake) {
      const motion = script('motion', second, second + 1)
      const convulsion = script('convulsion', second, second + 1)
      const follow = 1 - Math.exp((-2 * Math.PI * stretchHz) / rateHz)
      let sum = 0
      for (let i = 0; i < shake.length; i++) sum += shake[i]! * shake[i]!
      const vigour = Math.sqrt(sum / shake.length)
      for (let i = 0; i < rateHz; i++) {
        const at = second + i / rateHz
        const bad = within(motion, at)
        stretch += (shake[Math.floor((i * shake.length) / rateHz)]! - stretch) * follow
        const muscle = (bad ? badMuscleMillivolts : muscleMillivolts) * vigour
        const cramp = within(convulsion, at) ? convulsionMillivolts : 0
        millivolts[i]! += (bad ? badStretchMillivolts : stretchMillivolts) * stretch + (muscle + cramp) * normal()
      }
    }
    const hum = script('mains-hum', second, second + 1)
    if (hum) {
      const turn = 2 * Math.PI * hum.event.hz
      for (let i = 0; i < rateHz; i++) {
        const at = second + i / rateHz
        // Mains are never a clean sine: a tenth of third harmonic.
        const wave = Math.sin(turn * at) + 0.1 * Math.sin(3 * turn * at)
        if (within(hum, at)) millivolts[i]! += hum.event.millivolts * wave
      }
    }
    const wander = script('baseline-wander', second, second + 1)
    if (wander) {
      const [slow, fast] = wanderHz
      for (let i = 0; i < rateHz; i++) {
        const at = second + i / rateHz
        if (!within(wander, at)) continue
        // Comes and goes without a step.
        const since = Math.min(at - wander.fromSeconds, wander.toSeconds - at)
        const height = wander.event.millivolts * Math.min(1, since / 2)
        millivolts[i]! += height * (0.65 * Math.sin(2 * Math.PI * slow * at) + 0.35 * Math.sin(2 * Math.PI * fast * at))
      }
    }
  }
}
