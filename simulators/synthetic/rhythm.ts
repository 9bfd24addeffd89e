import type { Script } from './events.ts'
import { seededRandom } from './random.ts'
import type { BeatCode } from './truth.ts'

/** What follows a beat. */
export interface NextBeat {
  /** Seconds to it; absent: as the sinus node has it. */
  intervalSeconds?: number
  code: BeatCode
  /** Height of its P wave against a usual one. */
  pWave: number
}

const sinusBeat: NextBeat = { code: 'N', pWave: 1 }
/**
 * A ventricular premature beat comes after some 60 % of an interval (MIT-BIH: `realism.md`), in each person at a distance of its
 * own, and is followed by a pause that makes up for it, as the sinus node is not reset; a premature atrial beat resets it.
 */
const ventricularCoupling = 0.62
const ventricularCouplingPersons = 0.07
/** No earlier than the end of the last T wave. */
const earliest = 0.48
const atrialCoupling = 0.68
const couplingSpread = 0.04
const atrialPause = 1.12
const atrialPWave = -0.6
/** Beats of the sinus node between two ectopic ones, at least: they are isolated. */
const apart = 3
/**
 * Intervals in atrial fibrillation: the refractory time of the AV node, which itself varies, and the wait for the next
 * impulse to pass (Poisson; Corino, Sandberg, Mainardi & Sörnmo, IEEE TBME 58:3386, 2011), as shares of the mean. Together
 * their coefficient of variation is 0.26, about as measured (Tateno & Glass, Med Biol Eng Comput 39:664, 2001: 0.24).
 */
const refractory = 0.57
const refractorySpread = 0.4
const meanWait = 0.23
/** Shortest interval that a ventricle follows, s. */
const shortest = 0.2

/**
 * Decides beat by beat what breaks the rhythm of the sinus node: ectopic beats, runs, pauses, atrial fibrillation. Asked at
 * each R peak, in order, with its time, the interval the sinus node has now and how far its rate is above that at rest.
 */
export function rhythmModel(
  seed: number,
  script: Script,
): (seconds: number, sinusRr: number, rateAboveRest: number) => NextBeat {
  const random = seededRandom(seed, 'rhythm')
  const personal = ventricularCoupling + random.normal(0, ventricularCouplingPersons)
  const usualCoupling = Math.max(earliest, Math.min(0.8, personal))
  let sinceEctopic = apart
  let afterEctopic: NextBeat | undefined
  let pausedFor = NaN
  let runFrom = NaN
  let runBeats = 0

  return (seconds, sinusRr, rateAboveRest) => {
    const due = seconds + sinusRr
    const run = script('ventricular-run', seconds, due)
    if (run && seconds < run.toSeconds) {
      if (run.fromSeconds !== runFrom) {
        runFrom = run.fromSeconds
        runBeats = 0
      }
      const interval = (60 / run.event.perMinute) * (1 + random.normal(0, 0.015))
      const first = runBeats === 0
      const intervalSeconds = first ? Math.max(interval, usualCoupling * sinusRr) : interval
      if (runBeats < (run.event.beats ?? Infinity) && seconds + intervalSeconds < run.toSeconds) {
        runBeats++
        sinceEctopic = 0
        afterEctopic = { intervalSeconds: 1.2 * sinusRr, code: 'N', pWave: 1 }
        return { intervalSeconds, code: 'V', pWave: 0 }
      }
    }
    if (afterEctopic) {
      const next = afterEctopic
      afterEctopic = undefined
      sinceEctopic++
      return script('atrial-fibrillation', due, due) ? { ...next, pWave: 0 } : next
    }
    const pause = script('pause', seconds, due)
    if (pause && pause.fromSeconds !== pausedFor) {
      pausedFor = pause.fromSeconds
      return { intervalSeconds: Math.max(2 * sinusRr, pause.event.durationSeconds), code: 'N', pWave: 1 }
    }
    const fibrillation = script('atrial-fibrillation', seconds, due)?.event
    if (fibrillation) {
      const mean = 60 / Math.max(30, fibrillation.perMinute + rateAboveRest)
      const wait = -meanWait * Math.log(1 - random.uniform())
      const intervalSeconds = Math.max(shortest, mean * (refractory + refractorySpread * random.uniform() + wait))
      return { intervalSeconds, code: 'N', pWave: 0 }
    }
    const ectopy = script('ectopic-beats', due, due + 1e-6)?.event
    sinceEctopic++
    if (ectopy && sinceEctopic > apart) {
      // The chance makes up for the beats at which none may come.
      const share = Math.min(0.3, (ectopy.perHour / 3600) * sinusRr)
      if (random.uniform() < share / (1 - apart * share)) {
        sinceEctopic = 0
        const spread = random.normal(0, couplingSpread)
        if (ectopy.origin === 'atrial') {
          afterEctopic = { intervalSeconds: atrialPause * sinusRr, code: 'N', pWave: 1 }
          return { intervalSeconds: (atrialCoupling + spread) * sinusRr, code: 'A', pWave: atrialPWave }
        }
        const coupling = Math.max(earliest, usualCoupling + spread)
        afterEctopic = { intervalSeconds: (2 - coupling) * sinusRr, code: 'N', pWave: 1 }
        return { intervalSeconds: coupling * sinusRr, code: 'V', pWave: 0 }
      }
    }
    return sinusBeat
  }
}
