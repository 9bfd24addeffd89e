import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'

/**
 * Waves of fibrillating ventricles: no complexes, one rate between 3 and 9 Hz that wanders, and a height that waxes and wanes
 * within seconds (Clayton, Murray & Campbell, Med Biol Eng Comput 32:497, 1994: dominant frequency 4 to 7 Hz in early fibrillation).
 * A second wave beside the first makes no two alike. A surrogate: real fibrillation is less orderly.
 */
const hzSpread = 0.35
const heightSpread = 0.25
const wanderSeconds = 1.5
const secondWave = { ratio: 1.37, height: 0.45 } as const

/** What fibrillates, and from when to when, s. */
export interface Fibrillating {
  hz: number
  millivolts: number
  fromSeconds: number
  toSeconds: number
}

/** Adds one second of waves, mV, to an ECG, where it fibrillates; asked once a second, in order, while it does. */
export function ventricularFibrillation(
  seed: number,
  rateHz: number,
): (second: number, of: Fibrillating, millivolts: Float64Array) => void {
  const random = seededRandom(seed, 'ventricular fibrillation')
  const wander = [slowNoise(random, hzSpread, wanderSeconds), slowNoise(random, hzSpread, wanderSeconds)] as const
  const swell = [
    slowNoise(random, heightSpread, wanderSeconds),
    slowNoise(random, heightSpread, wanderSeconds),
  ] as const
  const phases: [number, number] = [0, 0]
  const heights: [number, number] = [1, secondWave.height]
  return (second, { hz, millivolts: height, fromSeconds, toSeconds }, millivolts) => {
    const steps = [hz + wander[0](), hz * secondWave.ratio + wander[1]()].map(
      (rate) => (2 * Math.PI * Math.max(2, rate)) / rateHz,
    )
    const goals = [1 + swell[0](), secondWave.height * (1 + swell[1]())]
    const begin = [...heights]
    for (let i = 0; i < rateHz; i++) {
      const at = second + i / rateHz
      let value = 0
      for (const k of [0, 1] as const) {
        phases[k] += steps[k]!
        heights[k] = begin[k]! + ((goals[k]! - begin[k]!) * (i + 1)) / rateHz
        value += heights[k] * Math.sin(phases[k])
      }
      if (at >= fromSeconds && at < toSeconds) millivolts[i]! += height * value
    }
  }
}
