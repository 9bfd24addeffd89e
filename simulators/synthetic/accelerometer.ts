import type { ActivityKind } from './activity.ts'
import type { Script } from './events.ts'
import { fastNormals } from './fastNormals.ts'
import { joltModel } from './jolts.ts'
import type { Movement } from './movement.ts'
import { movements } from './movement.ts'
import type { Person } from './person.ts'
import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'

/** One second of acceleration, in g. */
export interface Acceleration {
  accX: Float32Array
  accY: Float32Array
  accZ: Float32Array
  /** Movement along the vertical beside gravity, g; undefined where the body is still. Used again at the next call. */
  shake: Float64Array | undefined
}

type Vector = readonly [number, number, number]

/** Noise of a good sensor and of small movements at rest, in sleep, and of the sensor alone, g. */
const noiseG = 0.006
const sleepNoiseG = 0.003
const sensorNoiseG = 0.002
/** Sway of posture, g across gravity. */
const swayG = 0.02
/** From one posture to another, s. */
const postureSeconds = 0.7
/** A sleeper turns over every half hour or so (De Koninck, Lorrain & Gagnon, Sleep 15:143, 1992: 2 to 3 an hour). */
const turnsPerSecond = 2.5 / 3600
const table: Vector = [0, 0, 1]

/** Gravity, a little sway and noise at rest; steps and jolts on top. Call it once a second, in order. */
export function accelerometerModel(
  seed: number,
  person: Person,
  script: Script,
  rateHz: number,
): (second: number, activity: ActivityKind) => Acceleration {
  const random = seededRandom(seed, 'accelerometer')
  const normal = fastNormals(seed, 'accelerometer noise')
  const joltsAt = joltModel(seed, script, rateHz)
  const upright = person.gravity
  const forward = unit(across(upright, Math.abs(upright[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]))
  const sideways = across(upright, forward)
  // In the order in which a body turns over.
  const lying: Vector[] = [forward, sideways, opposite(forward), opposite(sideways)]
  const swayForward = slowNoise(random, swayG, 20)
  const swaySideways = slowNoise(random, swayG, 20)
  const shakes = new Float64Array(rateHz)
  let moving: Movement = movements.rest
  let posture: Vector = upright
  let [downX, downY, downZ] = upright
  let stride = 0
  let vigour = 0

  const postureAt = (second: number, activity: ActivityKind): Vector => {
    const fall = script('fall', second, second + 1)
    if (fall) return second >= fall.fromSeconds ? lying[0]! : posture
    if (activity !== 'sleep') return upright
    const side = lying.indexOf(posture)
    if (side < 0) return lying[0]!
    if (random.uniform() > turnsPerSecond) return posture
    return lying[(side + (random.uniform() < 0.5 ? 1 : 3)) % 4]!
  }

  return (second, activity) => {
    const accX = new Float32Array(rateHz)
    const accY = new Float32Array(rateHz)
    const accZ = new Float32Array(rateHz)
    const forwardSway = swayForward()
    const sidewaysSway = swaySideways()
    posture = postureAt(second, activity)
    const off = script('off-body', second, second + 1)
    const jolts = joltsAt(second)
    const walking = movements[activity].vertical > 0
    if (walking) moving = movements[activity]
    const noise = activity === 'sleep' ? sleepNoiseG : noiseG
    const turn = 1 / (rateHz * postureSeconds)
    const pace = (Math.PI * person.stepRateHz * moving.pace) / rateHz
    const [forwardX, forwardY, forwardZ] = forward
    const [sidewaysX, sidewaysY, sidewaysZ] = sideways
    const [upX, upY, upZ] = upright
    for (let i = 0; i < rateHz; i++) {
      const at = second + i / rateHz
      if (off && at >= off.fromSeconds && at < off.toSeconds) {
        accX[i] = table[0] + sensorNoiseG * normal()
        accY[i] = table[1] + sensorNoiseG * normal()
        accZ[i] = table[2] + sensorNoiseG * normal()
        shakes[i] = 0
        continue
      }
      downX += (posture[0] - downX) * turn
      downY += (posture[1] - downY) * turn
      downZ += (posture[2] - downZ) * turn
      const length = Math.sqrt(downX * downX + downY * downY + downZ * downZ)
      if (length > 0.1) {
        downX /= length
        downY /= length
        downZ /= length
      }
      // Half a second from standing to walking and back.
      vigour += ((walking ? 1 : 0) - vigour) * (2 / rateHz)
      stride += pace
      let up = 0
      let ahead = forwardSway
      let aside = sidewaysSway
      if (vigour > 1e-4) {
        up = vigour * (moving.vertical * Math.sin(2 * stride) + moving.verticalSecond * Math.sin(4 * stride))
        ahead += vigour * moving.forward * Math.sin(2 * stride + 1)
        aside += vigour * moving.sideways * Math.sin(stride)
      }
      if (jolts) {
        up += jolts.up[i]!
        ahead += jolts.forward[i]!
        aside += jolts.sideways[i]!
      }
      shakes[i] = up
      accX[i] = downX + up * upX + ahead * forwardX + aside * sidewaysX + noise * normal()
      accY[i] = downY + up * upY + ahead * forwardY + aside * sidewaysY + noise * normal()
      accZ[i] = downZ + up * upZ + ahead * forwardZ + aside * sidewaysZ + noise * normal()
    }
    stride %= 2 * Math.PI
    const still = jolts === undefined && vigour <= 1e-4
    return { accX, accY, accZ, shake: still ? undefined : shakes }
  }
}

function across(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function opposite(a: Vector): Vector {
  return [-a[0], -a[1], -a[2]]
}

function unit(a: Vector): Vector {
  const length = Math.hypot(...a)
  return [a[0] / length, a[1] / length, a[2] / length]
}
