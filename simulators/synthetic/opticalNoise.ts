import type { Script } from './events.ts'
import { fastNormals } from './fastNormals.ts'
import { within } from './frontEnd.ts'
import type { Person } from './person.ts'

/** The photodiode is at its end. */
const fullScale = 1_000_000
/** Movement of the sensor on the skin, in usual pulses for each g; with a loose strap more. */
const slip = 0.35
const looseSlip = 5
const slipHz = 4
/** A device on a table sees this share of the light, and the noise of the photodiode alone (share of the light). */
const tableLight = 0.3
const tableNoise = 0.0004

/**
 * What movement, light and a lost contact make of the pulse. The function changes one second of `counts`; call it once a
 * second, in order.
 */
export function opticalNoise(
  seed: number,
  person: Person,
  script: Script,
): (second: number, counts: Float32Array, shake: Float64Array | undefined) => void {
  const normal = fastNormals(seed, 'optics')
  const usualPulse = person.photodiodeCounts * person.perfusion
  let slipped = 0
  return (second, counts, shake) => {
    const rateHz = counts.length
    if (shake) {
      const motion = script('motion', second, second + 1)
      const follow = 1 - Math.exp((-2 * Math.PI * slipHz) / rateHz)
      for (let i = 0; i < rateHz; i++) {
        slipped += (shake[Math.floor((i * shake.length) / rateHz)]! - slipped) * follow
        counts[i]! += usualPulse * (within(motion, second + i / rateHz) ? looseSlip : slip) * slipped
      }
    }
    const saturation = script('saturation', second, second + 1)
    const off = script('off-body', second, second + 1)
    if (!saturation && !off) return
    for (let i = 0; i < rateHz; i++) {
      const at = second + i / rateHz
      if (within(off, at)) counts[i] = person.photodiodeCounts * (tableLight + tableNoise * normal())
      else if (within(saturation, at)) counts[i] = fullScale
    }
  }
}
