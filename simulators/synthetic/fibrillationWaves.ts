import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'

/**
 * f waves: a sawtooth of three harmonics whose rate and height wander (Stridh & Sörnmo, IEEE TBME 48:105, 2001); 5 to 8 Hz
 * and up to 0.1 mV.
 */
const harmonics = 3
const meanHz = 6.3
const hzSpread = 0.4
const millivoltsMean = 0.055
const millivoltsSpread = 0.015
const wanderSeconds = 4

/** Adds one second of f waves, mV, to an ECG; call it only while the atria fibrillate. */
export function fibrillationWaves(seed: number, rateHz: number): (millivolts: Float64Array) => void {
  const random = seededRandom(seed, 'f waves')
  const hzWander = slowNoise(random, hzSpread, wanderSeconds)
  const heightWander = slowNoise(random, millivoltsSpread, wanderSeconds)
  let phase = 0
  return (millivolts) => {
    const step = (2 * Math.PI * Math.max(4, meanHz + hzWander())) / rateHz
    const height = Math.max(0.02, millivoltsMean + heightWander())
    for (let i = 0; i < millivolts.length; i++) {
      phase += step
      let saw = 0
      for (let k = 1; k <= harmonics; k++) saw += Math.sin(k * phase) / k
      millivolts[i]! += height * saw
    }
    phase %= 2 * Math.PI
  }
}
