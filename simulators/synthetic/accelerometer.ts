import type { Person } from './person.ts'
import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'

/** One second of acceleration, in g. */
export interface Acceleration {
  accX: Float32Array
  accY: Float32Array
  accZ: Float32Array
}

type Vector = readonly [number, number, number]

/** Noise of a good sensor and of small movements at rest, g. */
const noiseG = 0.006
/** Sway of posture, g across gravity. */
const swayG = 0.02
/**
 * Amplitudes of walking at the trunk, g: up and down at the step rate and twice that, forward at the step rate, sideways at
 * the stride rate (Menz, Lord & Fitzpatrick, Gait Posture 18:35, 2003: about 0.2 g r.m.s. vertical at a comfortable pace).
 */
const walkVertical = 0.26
const walkVerticalSecond = 0.1
const walkForward = 0.14
const walkSideways = 0.1

/** Gravity, a little sway and noise at rest; steps on top when walking. Call it once a second, in order. */
export function accelerometerModel(seed: number, person: Person, rateHz: number): (walking: boolean) => Acceleration {
  const random = seededRandom(seed, 'accelerometer')
  const down = person.gravity
  const forward = unit(across(down, Math.abs(down[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]))
  const sideways = across(down, forward)
  const swayForward = slowNoise(random, swayG, 20)
  const swaySideways = slowNoise(random, swayG, 20)
  let stride = 0
  let vigour = 0

  return (walking) => {
    const accX = new Float32Array(rateHz)
    const accY = new Float32Array(rateHz)
    const accZ = new Float32Array(rateHz)
    const forwardSway = swayForward()
    const sidewaysSway = swaySideways()
    for (let i = 0; i < rateHz; i++) {
      // Half a second from standing to walking and back.
      vigour += ((walking ? 1 : 0) - vigour) * (2 / rateHz)
      stride += (Math.PI * person.stepRateHz) / rateHz
      const vertical = 1 + vigour * (walkVertical * Math.sin(2 * stride) + walkVerticalSecond * Math.sin(4 * stride))
      const ahead = forwardSway + vigour * walkForward * Math.sin(2 * stride + 1)
      const aside = sidewaysSway + vigour * walkSideways * Math.sin(stride)
      const component = (axis: 0 | 1 | 2) =>
        vertical * down[axis] + ahead * forward[axis] + aside * sideways[axis] + random.normal(0, noiseG)
      accX[i] = component(0)
      accY[i] = component(1)
      accZ[i] = component(2)
    }
    return { accX, accY, accZ }
  }
}

function across(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function unit(a: Vector): Vector {
  const length = Math.hypot(...a)
  return [a[0] / length, a[1] / length, a[2] / length]
}
