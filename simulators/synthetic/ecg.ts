import type { Person } from './person.ts'
import { seededRandom } from './random.ts'

/**
 * Phases (radians), strengths and widths of P, Q, R, S, T: ECGSYN 1.3, the authors' program to the paper, but with P and T
 * taken down by a third and a fifth: at an R wave of 1.2 mV a P wave in lead II stays below 0.25 mV.
 */
const degree = Math.PI / 180
const wavePhases = [-70 * degree, -15 * degree, 0, 15 * degree, 100 * degree]
const waveStrengths = [0.8, -5, 30, -7.5, 0.6]
const waveWidths = [0.25, 0.1, 0.1, 0.1, 0.4]
const waveCount = 5
/** Beyond so many widths a wave adds nothing that 16 bits would show. */
const reach = 5
/** R wave that the strengths above give, in the model's own unit: 30 · 0.1² / 2π, less the neighbours' share. */
const modelRWave = 0.0416
/** Movement of the baseline with breathing, mV, and the noise of a good contact, mV. */
const baselineMillivolts = 0.05
const noiseMillivolts = 0.008
/** How fast the shape of a beat follows a change of rate, 1/s. */
const shapeFollowsHz = 0.4

/** The electrocardiogram as a dynamical system; call `step` once a sample. */
export interface EcgModel {
  /**
   * One step of 1/rate seconds; returns lead II in mV.
   * @param rrSeconds current RR interval
   * @param respirationPhase radians
   */
  step(rrSeconds: number, respirationPhase: number): number
  /** Position in the cycle after the last step, radians in [-π, π): an R peak is where it passes 0. */
  phase(): number
}

/**
 * The dynamical model of McSharry, Clifford, Tarassenko & Smith (IEEE TBME 50:289-294, 2003). On its limit cycle x and y are
 * only an angle that turns with 2π/RR, so the angle is integrated itself; z follows the paper's third equation, by the
 * trapezium rule. Waves widen and move apart with the square root of the rate, as in ECGSYN, so that QT shortens with RR;
 * the driving force is taken per angle and not per second, so that a single early beat is not a small one.
 */
export function ecgModel(seed: number, person: Person, rateHz: number): EcgModel {
  const random = seededRandom(seed, 'ecg')
  const dt = 1 / rateHz
  const decay = Math.exp(-dt)
  const gain = person.rWaveMillivolts / modelRWave
  const variation = Array.from({ length: waveCount }, () => Math.exp(random.normal(0, 0.08)))
  const strengths = waveStrengths.map((strength, i) => strength * (i === 2 ? 1 : (variation[i] ?? 1)))
  let theta = 2 * Math.PI * random.uniform() - Math.PI
  let z = 0
  let force = 0
  /** Mean RR of the last few seconds: the shape of a beat follows the rate, not each interval. */
  let slowRr = 60 / person.restingHeartRate

  const waves = () => {
    const factor = Math.sqrt(1 / slowRr)
    const root = Math.sqrt(factor)
    let sum = 0
    for (let i = 0; i < waveCount; i++) {
      const spread = i === 0 || i === 4 ? root : factor
      const delta = wrap(theta - (wavePhases[i] ?? 0) * spread)
      const width = (waveWidths[i] ?? 1) * factor
      if (Math.abs(delta) > reach * width) continue
      sum -= (strengths[i] ?? 0) * delta * Math.exp((-delta * delta) / (2 * width * width))
    }
    return sum
  }
  return {
    step(rrSeconds, respirationPhase) {
      slowRr += (rrSeconds - slowRr) * dt * shapeFollowsHz
      theta = wrap(theta + (2 * Math.PI * dt) / rrSeconds)
      const next = waves() * (slowRr / rrSeconds)
      z = z * decay + (dt / 2) * (force * decay + next)
      force = next
      return gain * z + baselineMillivolts * Math.sin(respirationPhase) + random.normal(0, noiseMillivolts)
    },
    phase: () => theta,
  }
}

function wrap(angle: number): number {
  return angle >= Math.PI ? angle - 2 * Math.PI : angle < -Math.PI ? angle + 2 * Math.PI : angle
}
