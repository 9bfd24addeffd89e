import { restBelowG } from '../../models/inputs/vitalsActivity.ts'
import { stampOf, type Samples, type Stage } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { axes, MotionSeconds, type Axis, type MotionSecondsSnapshot } from './motionSeconds.ts'

/** What moved when: the last seconds, oldest first, in whole seconds of stream time (a device) or gateway time (a wearer). */
export interface Movements {
  recent: { second: number; movement: number }[]
  /** The last second of an effort: of movement in most of the half minute before. */
  effort?: number
}

interface DeviceMotion extends Movements {
  wearer: string
  seconds: MotionSeconds
}

interface SavedMotion extends Movements {
  wearer: string
  seconds: MotionSecondsSnapshot
}

/** Of each device, and of each wearer by whichever device moved most. */
export interface Motion {
  devices: KeyedState<DeviceMotion>
  wearers: KeyedState<Movements>
}

const remembered = 32
const averagedSeconds = 10
/** Moving seconds, of those remembered, that are an effort; and how long the heart takes to come back from it at most, s. */
const effortSeconds = 20
const recoverySeconds = 120
/** Blocks of different signals come apart by up to two seconds: a younger second may not be known yet. */
const youngestSeconds = 2

export const motions = (): Motion => ({
  devices: new KeyedState<DeviceMotion>({
    part: 'motion',
    version: 1,
    create: () => ({ wearer: '', recent: [], seconds: new MotionSeconds() }),
    snapshot: (state): SavedMotion => ({ ...state, seconds: state.seconds.snapshot() }),
    restore(saved) {
      const { seconds, ...rest } = saved as SavedMotion
      return { ...rest, seconds: MotionSeconds.restore(seconds) }
    },
  }),
  wearers: new KeyedState(plainState<Movements>('wearer-motion', 1, () => ({ recent: [] }))),
})

/** Acceleration → how much a device and its wearer move, second by second of stream time, as items for detectors. */
export function senseMotion({ devices, wearers }: Motion): Stage {
  return (item, emit) => {
    emit(item)
    if (item.kind === 'restart') devices.forget(item.device)
    if (item.kind === 'clock-step') wearers.forget(item.wearer)
    if (item.kind !== 'samples' || !isAxis(item.signal)) return
    const device = deviceOf(devices, item)
    for (const motion of device.seconds.push(item.signal, item.tick, item.rateHz, item.values)) {
      const { second, movement } = motion
      if (Number.isNaN(movement)) continue
      const stamp = stampOf(item, second * 1e6)
      remember(device, second, movement)
      remember(wearers.of(item.wearer), Math.floor(stamp.sampledAt / 1e6), movement)
      emit({ kind: 'motion', ...stamp, motion })
    }
  }
}

/**
 * Rest or movement in the 10 s before a moment, `recovering` at rest within two minutes of an effort, `unknown` where no
 * acceleration tells.
 * @param at integer µs, stream time of a device or gateway time of a wearer
 */
export function activityAt(movements: Movements | undefined, at: number): 'rest' | 'recovering' | 'moving' | 'unknown' {
  const youngest = Math.floor(at / 1e6) - youngestSeconds
  const recent =
    movements?.recent.filter(({ second }) => second <= youngest && second > youngest - averagedSeconds) ?? []
  if (recent.length === 0) return 'unknown'
  const mean = recent.reduce((sum, { movement }) => sum + movement * movement, 0) / recent.length
  if (Math.sqrt(mean) >= restBelowG) return 'moving'
  return youngest - (movements?.effort ?? -Infinity) < recoverySeconds ? 'recovering' : 'rest'
}

function isAxis(signal: string): signal is Axis {
  return (axes as readonly string[]).includes(signal)
}

function deviceOf(devices: KeyedState<DeviceMotion>, { device, wearer }: Samples): DeviceMotion {
  if (devices.peek(device)?.wearer !== wearer) devices.forget(device)
  const known = devices.of(device)
  known.wearer = wearer
  return known
}

/** Of two devices of one wearer the one that moves more counts. */
function remember(movements: Movements, second: number, movement: number): void {
  const { recent } = movements
  const known = recent.find((one) => one.second === second)
  if (known !== undefined) {
    known.movement = Math.max(known.movement, movement)
    return
  }
  recent.push({ second, movement })
  if (second < (recent.at(-2)?.second ?? -Infinity)) recent.sort((a, b) => a.second - b.second)
  while (recent.length > remembered) recent.shift()
  if (movement >= restBelowG && recent.filter((one) => one.movement >= restBelowG).length >= effortSeconds)
    movements.effort = second
}
