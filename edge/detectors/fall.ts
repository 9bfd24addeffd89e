import { stampOf, type Moved } from '../flow.ts'
import type { Contact } from '../stages/contact.ts'
import type { MotionSecond } from '../stages/motionSeconds.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/**
 * A fall is weightlessness and an impact, or a very hard impact, and lying still after it: total acceleration below 0.6 g and
 * then above 2 g within a second (Kangas et al., Gait Posture 28:285, 2008), or above 3.5 g (Bourke, O'Brien & Lyons, Gait
 * Posture 26:194, 2007).
 */
const weightlessBelowG = 0.6
const weightlessSeconds = 0.1
const impactFromG = 2
const hardImpactFromG = 3.5
const impactWithinSeconds = 1
/** Steps of a run look the same one by one: an impact must stand out of those of the seconds before. */
const standsOutBy = 1.4
const secondsBefore = 6
/** The second before the fall is part of it already, and the second after the impact still. */
const partOfFall = 1
/** Then for so long hardly a movement, and another posture; or much longer none at all. */
const judgedSeconds = 10
const stillSecondsOfThem = 8
const hardlyMovingBelowG = 0.1
/** Cosine of 45°: as much as between sitting upright and leaning far back. */
const changedBelowCosine = Math.SQRT1_2
const motionlessSeconds = 30
const motionlessBelowG = 0.05
/** Up again: so many of ten seconds with movement. */
const movingSeconds = 5

type Vector = readonly [number, number, number]

interface Second {
  second: number
  movement: number
  /** Null where an axis was not measured. */
  mean: Vector | null
  /** Largest total acceleration, g. */
  peak: number
}

interface Candidate {
  /** Stream time of the impact, µs. */
  tick: number
  peak: number
  before: Vector | null
  after: Second[]
}

interface Watched {
  /** The last seconds, the newest last. */
  before: Second[]
  /** Samples in a row that were weightless, and stream time of the last of a long enough row, µs. */
  low: number
  weightlessAt: number
  candidate?: Candidate
  /** How the wearer lies since a fall. */
  lying?: Vector
}

/** A fall with nobody getting up at once, told some 13 s after the impact (32 s where the posture stayed), and its end. */
export function fall(contacts: KeyedState<Contact>): Detector {
  const state = new KeyedState(plainState<Watched>('fall', 1, () => ({ before: [], low: 0, weightlessAt: -1 })))
  return {
    name: 'fall',
    state: [state],
    takes: ['restart', 'handover', 'motion'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover') state.forget(item.device)
      if (item.kind !== 'motion') return
      const { motion } = item
      const watched = state.of(item.device)
      if (contacts.peek(item.device)?.off !== undefined) {
        watched.before = []
        delete watched.candidate
        return
      }
      const last = watched.before.at(-1)
      if (last !== undefined && motion.second !== last.second + 1) {
        watched.before = []
        delete watched.candidate
      }
      const impact = findImpact(watched, motion)
      const { second, movement, mean } = motion
      const now = { second, movement, mean: mean.some(Number.isNaN) ? null : mean, peak: peakOf(motion) }
      if (watched.candidate !== undefined && second > watched.candidate.tick / 1e6 + partOfFall)
        watched.candidate.after.push(now)
      if (impact !== undefined) watched.candidate ??= impact
      watched.before.push(now)
      if (watched.before.length > judgedSeconds) watched.before.shift()

      const { candidate } = watched
      const verdict = candidate === undefined ? 'wait' : judge(candidate)
      if (candidate !== undefined && verdict === 'fall') {
        emit(found(item, true, candidate.tick, { impactG: Math.round(candidate.peak * 10) / 10 }))
        const lying = meanOf(candidate.after.slice(-secondsBefore))
        if (lying !== null) watched.lying = lying
      }
      if (verdict !== 'wait') delete watched.candidate
      if (watched.lying !== undefined && verdict !== 'fall' && isUp(watched.before, watched.lying)) {
        delete watched.lying
        emit(found(item, false, second * 1e6))
      }
    },
  }
}

/** An impact within the second that may be the end of a fall. */
function findImpact(watched: Watched, { second, rateHz, samples: [x, y, z] }: MotionSecond): Candidate | undefined {
  const usual = watched.before.slice(-secondsBefore)
  let found: Candidate | undefined
  for (let i = 0; i < x.length; i++) {
    const total = magnitude(x[i]!, y[i], z[i])
    if (Number.isNaN(total)) continue
    const tick = Math.round((second + i / rateHz) * 1e6)
    watched.low = total < weightlessBelowG ? watched.low + 1 : 0
    if (watched.low >= weightlessSeconds * rateHz) watched.weightlessAt = tick
    const fell = watched.weightlessAt >= 0 && tick - watched.weightlessAt <= impactWithinSeconds * 1e6
    if (total < (fell ? impactFromG : hardImpactFromG) || total <= (found?.peak ?? 0)) continue
    const earlier = usual.filter((one) => one.second < second - partOfFall)
    if (earlier.some(({ peak }) => peak * standsOutBy > total)) continue
    found = { tick, peak: total, before: meanOf(earlier), after: [] }
  }
  return found
}

function judge({ before, after }: Candidate): 'wait' | 'fall' | 'none' {
  if (after.length < judgedSeconds) return 'wait'
  const still = after.slice(0, judgedSeconds).filter(({ movement }) => movement < hardlyMovingBelowG).length
  if (still < stillSecondsOfThem) return 'none'
  const lies = meanOf(after.slice(judgedSeconds - secondsBefore, judgedSeconds))
  if (before !== null && lies !== null && cosineBetween(before, lies) < changedBelowCosine) return 'fall'
  const motionless = after.slice(2).every(({ movement }) => movement < motionlessBelowG)
  if (!motionless) return 'none'
  return after.length < motionlessSeconds ? 'wait' : 'fall'
}

function isUp(seconds: readonly Second[], lying: Vector): boolean {
  const recent = seconds.slice(-judgedSeconds)
  if (recent.filter(({ movement }) => movement >= hardlyMovingBelowG).length >= movingSeconds) return true
  const posture = meanOf(seconds.slice(-secondsBefore))
  return posture !== null && cosineBetween(posture, lying) < changedBelowCosine
}

function peakOf({ samples: [x, y, z] }: MotionSecond): number {
  let peak = 0
  for (let i = 0; i < x.length; i++) peak = Math.max(peak, magnitude(x[i]!, y[i], z[i]) || 0)
  return peak
}

function magnitude(x: number, y: number | undefined, z: number | undefined): number {
  return Math.sqrt(x * x + (y ?? NaN) ** 2 + (z ?? NaN) ** 2)
}

function meanOf(seconds: readonly Second[]): Vector | null {
  const means = seconds.flatMap(({ mean }) => (mean === null ? [] : [mean]))
  if (means.length === 0) return null
  const sum: [number, number, number] = [0, 0, 0]
  for (const mean of means) for (const a of [0, 1, 2] as const) sum[a] += mean[a] / means.length
  return sum
}

function cosineBetween(a: Vector, b: Vector): number {
  const product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
  const lengths = magnitude(...a) * magnitude(...b)
  return lengths > 0 ? product / lengths : 1
}

function found(item: Moved, abnormal: boolean, tick: number, params?: Record<string, number>) {
  return {
    kind: 'finding' as const,
    ...stampOf(item, tick),
    code: 'fall' as const,
    abnormal,
    timing: 'stream' as const,
    ...(params !== undefined && { params }),
  }
}
