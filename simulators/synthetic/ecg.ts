import { conductedBeat, gainOf, ventricularBeat, waveCount } from './beatShape.ts'
import { fibrillationWaves } from './fibrillationWaves.ts'
import type { Person } from './person.ts'
import { seededRandom } from './random.ts'
import type { NextBeat } from './rhythm.ts'
import type { BeatCode } from './truth.ts'

/** A heart beat, at its R peak. */
export interface Beat {
  /** Stream time. */
  seconds: number
  code: BeatCode
}

/** What the heart is given for one second; the arrays hold one value a sample. */
export interface EcgSecond {
  second: number
  /** RR interval of the sinus node, s. */
  rr: Float64Array
  /** Breathing cycle, radians, and depth of breath against that at rest. */
  breath: Float64Array
  depth: number
  /** No beat while stream time, s, is in [from, to). */
  asystole: { fromSeconds: number; toSeconds: number } | undefined
  fibrillation: boolean
  /** Level of the ST segment against the usual one, mV. */
  stMillivolts: number
}

/** Beyond so many widths a wave adds nothing that 16 bits would show. */
const reach = 5
/** Movement of the baseline with breathing, mV, and the noise of a good contact, mV. */
const baselineMillivolts = 0.05
const noiseMillivolts = 0.008
/** How fast the shape of a beat follows a change of rate, 1/s. */
const shapeFollowsHz = 0.4
/** An interval longer than so many of the sinus node's is a pause and says nothing about the rate. */
const longest = 1.8
/** Where T ends and P begins, in widths from their peaks: between them the cycle may wait or hurry. */
const edge = 2.3
/** From here on an ectopic QRS, and one without P, begin, radians. */
const wideOnset = -0.75
const narrowOnset = -0.45
/** The ST segment: from the J point to the top of T, in angle at 60 beats/min. */
const stFrom = 0.22
const stTo = 1.75
const stSlope = 0.25

/**
 * The dynamical model of McSharry, Clifford, Tarassenko & Smith (IEEE TBME 50:289-294, 2003). On its limit cycle x and y are
 * only an angle that turns with 2π/RR, so the angle is integrated itself; z follows the paper's third equation, by the
 * trapezium rule. Waves widen and move apart with the square root of the rate, as in ECGSYN, so that QT shortens with RR;
 * the driving force is taken per angle and not per second, so that a single early beat is not a small one. Where `next` sets
 * an interval (asked at each R peak with its time and the sinus node's interval), the angle hurries or waits between T and
 * the next P or QRS, and waves keep their form.
 *
 * The function writes lead II in mV to `millivolts`, one second a call, in order, and returns its beats.
 */
export function ecgModel(
  seed: number,
  person: Person,
  rateHz: number,
  next: (seconds: number, sinusRr: number) => NextBeat,
): (given: EcgSecond, millivolts: Float64Array) => Beat[] {
  const random = seededRandom(seed, 'ecg')
  const dt = 1 / rateHz
  const decay = Math.exp(-dt)
  const gain = gainOf(person)
  const conducted = conductedBeat(random)
  const ventricular = ventricularBeat(seededRandom(seed, 'ventricular beat'))
  const atrialWaves = fibrillationWaves(seed, rateHz)
  const state = {
    theta: 2 * Math.PI * random.uniform() - Math.PI,
    z: 0,
    force: 0,
    /** Mean RR of the last few seconds: the shape of a beat follows the rate, not each interval. */
    slowRr: 60 / person.restingHeartRate,
  }
  /** Of the beat whose cycle it is now, and of the next. */
  let code: BeatCode = 'N'
  let pWave = 1
  let coming: NextBeat = { code: 'N', pWave: 1 }
  /** `slowRr` at the last R peak. */
  let rrAtBeat = state.slowRr

  return ({ second, rr, breath, depth, asystole, fibrillation, stMillivolts }, millivolts) => {
    const beats: Beat[] = []
    const breathMillivolts = baselineMillivolts * Math.min(1.5, depth)
    let { theta, z, force, slowRr } = state
    for (let i = 0; i < rateHz; i++) {
      const at = second + i / rateHz
      const imposed = coming.intervalSeconds
      // The interval that shapes follow, and the one that the angle turns with just now.
      const sinusRr = rr[i]!
      const shapeRr = imposed === undefined || imposed > longest * sinusRr ? sinusRr : imposed
      let localRr = sinusRr
      if (imposed !== undefined) localRr = paced(theta, imposed, rrAtBeat, coming)
      if (asystole && at >= asystole.fromSeconds && at < asystole.toSeconds && inDiastole(theta, slowRr))
        localRr = Infinity
      slowRr += (shapeRr - slowRr) * dt * shapeFollowsHz
      const before = theta
      theta += (2 * Math.PI * dt) / localRr
      if (theta >= Math.PI) {
        theta -= 2 * Math.PI
        code = coming.code
        pWave = coming.pWave
      }
      if (before < 0 && theta >= 0) {
        const seconds = at - theta / (theta - before) / rateHz
        beats.push({ seconds, code })
        coming = next(seconds, sinusRr)
        rrAtBeat = slowRr
      }
      const factor = Math.sqrt(1 / slowRr)
      const root = Math.sqrt(factor)
      const { phases, strengths, widths } = code === 'V' ? ventricular : conducted
      let sum = 0
      for (let k = 0; k < waveCount; k++) {
        const outer = k === 0 || k === 4
        let delta = theta - phases[k]! * (outer ? root : factor)
        delta = delta >= Math.PI ? delta - 2 * Math.PI : delta < -Math.PI ? delta + 2 * Math.PI : delta
        const width = widths[k]! * factor
        if (Math.abs(delta) > reach * width) continue
        const strength = k === 0 ? strengths[k]! * pWave : strengths[k]!
        sum -= strength * delta * Math.exp((-delta * delta) / (2 * width * width))
      }
      const pushed = sum * (slowRr / localRr)
      z = z * decay + (dt / 2) * (force * decay + pushed)
      force = pushed
      let value = gain * z + breathMillivolts * Math.sin(breath[i]!) + random.normal(0, noiseMillivolts)
      if (stMillivolts !== 0 && code !== 'V') value += stMillivolts * inSt(theta, factor)
      millivolts[i] = value
    }
    state.theta = theta
    state.z = z
    state.force = force
    state.slowRr = slowRr
    if (fibrillation) atrialWaves(millivolts)
    return beats
  }
}

/** RR interval that the angle turns with at `theta`, so that the next R peak comes `interval` seconds after the last. */
function paced(theta: number, interval: number, slowRr: number, coming: NextBeat): number {
  const end = endOfT(slowRr)
  const onset = coming.pWave !== 0 ? startOfP(slowRr) : coming.code === 'V' ? wideOnset : narrowOnset
  const free = 2 * Math.PI + onset - end
  const usual = Math.min(slowRr, interval * 1.3)
  const left = interval - ((2 * Math.PI - free) / (2 * Math.PI)) * usual
  // Too early for T and QRS to keep their form: all of the cycle hurries.
  if (left < (0.25 * free * usual) / (2 * Math.PI)) return interval
  return theta >= end || theta < onset ? (left * 2 * Math.PI) / free : usual
}

function inDiastole(theta: number, slowRr: number): boolean {
  return theta >= endOfT(slowRr) || theta < startOfP(slowRr)
}

function endOfT(slowRr: number): number {
  const factor = Math.sqrt(1 / slowRr)
  return Math.min(2.8, 1.745 * Math.sqrt(factor) + edge * 0.4 * factor)
}

function startOfP(slowRr: number): number {
  const factor = Math.sqrt(1 / slowRr)
  return Math.max(-2.4, -1.222 * Math.sqrt(factor) - edge * 0.25 * factor)
}

/** 1 between the J point and the top of T, sloping to 0 on both sides. */
function inSt(theta: number, factor: number): number {
  const position = theta / factor
  if (position <= stFrom || position >= stTo) return 0
  return Math.min(1, (position - stFrom) / stSlope, (stTo - position) / (2 * stSlope))
}
