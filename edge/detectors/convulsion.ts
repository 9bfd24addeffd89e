import { bytesToFloat32, float32ToBytes } from '../../models/inputs/typedArrays.ts'
import { stampOf, type Moved } from '../flow.ts'
import type { MotionSecond } from '../stages/motionSeconds.ts'
import { KeyedState } from '../state/keyedState.ts'
import { onGrid, rhythmOf, spanSeconds } from './convulsionSpectrum.ts'
import type { Detector } from './detector.ts'

/** Weaker movement, g, is no convulsion. */
const leastMovementG = 0.15
/**
 * Clonic jerks: 2 to 8 Hz (Beniczky et al., Epilepsia 54:e58, 2013, with wrist accelerometers). People run at up to 3.2 steps a
 * second; below that only a movement without any trace of left and right counts, and for longer.
 */
const lowestHz = 2
const aboveStepsHz = 3.25
const highestHz = 8
/** Share of the power at the frequency and its multiples. Hands at work reach 0.6 for a moment, never for long. */
const leastShare = 0.6
/** Power at half the frequency against that at it: real runs 0.1 and more, simulated ones 0.03, convulsions below 0.01. */
const mostHalf = 0.2
const mostHalfOfSteps = 0.015
/** Looks, one a second, of which all but one must be rhythmic; each looks at four seconds. */
const looksNeeded = 7
const looksNeededOfSteps = 16
/** Over when so many looks in a row were not rhythmic. */
const quietLooks = 10

type Look = 'none' | 'slow' | 'fast'

interface Shaking {
  /** The last seconds on the grid; empty while there is no movement to speak of. */
  grids: Float32Array[]
  /** Whole seconds of stream time of the newest look; looks have no holes. */
  second: number
  looks: Look[]
  active: boolean
}

interface SavedShaking extends Omit<Shaking, 'grids'> {
  grids: string[]
}

const none = (): Shaking => ({ grids: [], second: -1, looks: [], active: false })

/** Rhythmic shaking of the limb or trunk for 10 s and longer, as in a tonic-clonic seizure, and its end. */
export function convulsion(): Detector {
  const state = new KeyedState<Shaking>({
    part: 'convulsion',
    version: 1,
    create: none,
    snapshot: ({ grids, ...rest }): SavedShaking => ({
      ...rest,
      grids: grids.map((grid) => float32ToBytes(grid).toString('base64')),
    }),
    restore(saved) {
      const { grids, ...rest } = saved as SavedShaking
      return { ...rest, grids: grids.map((text) => bytesToFloat32(Buffer.from(text, 'base64'))) }
    },
  })
  return {
    name: 'convulsion',
    state: [state],
    takes: ['restart', 'handover', 'motion'],
    stage(item, emit) {
      emit(item)
      if ((item.kind === 'restart' || item.kind === 'handover') && state.peek(item.device) !== undefined)
        state.forget(item.device)
      if (item.kind !== 'motion') return
      const known = state.peek(item.device)
      const isQuiet = !(item.motion.movement >= leastMovementG)
      // The usual case, which need not be written down again and again.
      if (isQuiet && (known === undefined || (known.looks.length === 0 && !known.active))) return
      const shaking = state.of(item.device)
      const hz = look(shaking, item.motion)
      if (!shaking.active && isConvulsion(shaking.looks)) {
        shaking.active = true
        const onset = onsetOf(shaking)
        emit(found(item, true, onset, { hz, seconds: shaking.second + 1 - onset }))
      } else if (shaking.active && isOver(shaking.looks)) {
        shaking.active = false
        emit(found(item, false, item.motion.second - quietLooks))
      }
      if (!shaking.active && shaking.grids.length === 0 && isOver(shaking.looks)) Object.assign(shaking, none())
    },
  }
}

/** Takes in a second. @returns the frequency seen, Hz with a decimal; 0 where there is none */
function look(shaking: Shaking, motion: MotionSecond): number {
  const { second, movement, rateHz } = motion
  // What was not seen cannot be part of a rhythm.
  if (second !== shaking.second + 1) Object.assign(shaking, { ...none(), active: shaking.active })
  shaking.second = second
  const grid = movement >= leastMovementG ? onGrid(motion) : undefined
  if (grid === undefined) shaking.grids = []
  else shaking.grids.push(grid)
  if (shaking.grids.length > spanSeconds) shaking.grids.shift()
  const rhythm = shaking.grids.length === spanSeconds ? rhythmOf(shaking.grids, rateHz) : undefined
  const isRhythmic =
    rhythm !== undefined && rhythm.share >= leastShare && rhythm.hz >= lowestHz && rhythm.hz <= highestHz
  const isFast = isRhythmic && rhythm.hz >= aboveStepsHz && rhythm.half <= mostHalf
  const isSlow = isRhythmic && rhythm.half <= mostHalfOfSteps
  shaking.looks.push(isFast ? 'fast' : isSlow ? 'slow' : 'none')
  if (shaking.looks.length > looksNeededOfSteps) shaking.looks.shift()
  return isFast || isSlow ? Math.round(rhythm.hz * 10) / 10 : 0
}

function isConvulsion(looks: readonly Look[]): boolean {
  if (looks.at(-1) === 'none') return false
  const rhythmic = (last: number, which: (one: Look) => boolean) => {
    const seen = looks.slice(-last)
    return seen.length === last && seen.filter(which).length >= last - 1
  }
  return rhythmic(looksNeeded, (one) => one === 'fast') || rhythmic(looksNeededOfSteps, (one) => one !== 'none')
}

function isOver(looks: readonly Look[]): boolean {
  return looks.length >= quietLooks && looks.slice(-quietLooks).every((one) => one === 'none')
}

/** Whole seconds of stream time at which the rhythm began. */
function onsetOf({ looks, second }: Shaking): number {
  let first = looks.length - 1
  while (first > 0 && (looks[first - 1] !== 'none' || (first > 1 && looks[first - 2] !== 'none'))) first--
  return second - (looks.length - 1 - first) - (spanSeconds - 1)
}

function found(item: Moved, abnormal: boolean, second: number, params?: Record<string, number>) {
  return {
    kind: 'finding' as const,
    ...stampOf(item, Math.max(0, second) * 1e6),
    code: 'convulsion' as const,
    abnormal,
    timing: 'stream' as const,
    ...(params !== undefined && { params }),
  }
}
