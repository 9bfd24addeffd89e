import type { SignalName } from '../../firmware-bridge/signals.ts'
import { stampOf, type Flow, type Moved, type Stamp } from '../flow.ts'
import type { Contact } from '../stages/contact.ts'
import type { MotionSecond } from '../stages/motionSeconds.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'
import { between, fallOf, isSteady, takeReading, type Spans } from './offBodyReadings.ts'

/**
 * Stiller than this, g, and turned by less, g on any axis, is no body: on a table a sensor's own noise alone is left, while a wrist
 * that was kept quiet at a desk drifts by 0.015 g and more within a minute (Empatica E4).
 */
const deadStillBelowG = 0.0045
const turnedBelowG = 0.006
/** Dead still for so long before anything else is asked, s. */
const stillSeconds = 60
/** Of a thermometer that has left the skin, °C in the last two minutes of lying still; worn ones lost 0.8 at most. */
const fallCelsius = 1
const fallMicros = 120_000_000
/** Without a thermometer: so long still, s, with readings that go on within so many beats/min. */
const steady = { seconds: 90, within: 5 } as const
/** Worn again: so many seconds in a row that were not dead still while it grew warmer, °C; or many with movement, g. */
const worn = { seconds: 10, warmerCelsius: 0.1, movementG: 0.05, ofSeconds: 15 } as const

interface Still {
  /** Whole seconds of stream time: its first and its newest. */
  from: number
  to: number
  low: number[]
  high: number[]
}

interface Watched {
  wearer: string
  still?: Still
  temperature: Spans
  heartRate: Spans
  /** What the device measures: all of it is nobody's while it lies there. */
  signals: SignalName[]
  off?: { lowestCelsius: number | null; recent: ('dead' | 'stirred' | 'moved')[] }
}

/**
 * A device that lies somewhere and goes on reporting. A steady reading alone says nothing: it counts only together with an
 * accelerometer that is stiller than any wrist, and where there is a thermometer, that must be cooling instead. While it is
 * off, none of its vital signs is taken for the wearer's, and nothing of it is assessable.
 */
export function offBody(contacts: KeyedState<Contact>): Detector {
  const state = new KeyedState(
    plainState<Watched>('off-body', 1, () => ({ wearer: '', temperature: [], heartRate: [], signals: [] })),
  )
  const forget = (device: string): void => {
    if (contacts.peek(device)?.inferred) setOff(contacts, device, false)
    if (state.peek(device) !== undefined) state.forget(device)
  }
  const watchedOf = ({ device, wearer }: Stamp): Watched => {
    if (state.peek(device)?.wearer !== wearer) forget(device)
    return Object.assign(state.of(device), { wearer })
  }
  return {
    name: 'off-body',
    state: [state],
    takes: ['restart', 'handover', 'vital', 'samples', 'motion'],
    stage(item, emit) {
      if (item.kind === 'restart' || item.kind === 'handover') forget(item.device)
      if (item.kind === 'vital' || item.kind === 'samples') {
        const known = state.peek(item.device)
        if (item.kind === 'vital' || known?.wearer !== item.wearer || !known.signals.includes(item.signal))
          note(watchedOf(item), item)
        if (item.kind === 'vital' && contacts.peek(item.device)?.off === 'off-body') return
      }
      emit(item)
      if (item.kind !== 'motion') return
      const contact = contacts.peek(item.device)
      const watched = watchedOf(item)
      const isDead = isDeadStill(watched, item.motion)
      if (contact?.inferred !== true && (watched.off !== undefined || contact?.off !== undefined)) {
        // The device itself has said how it is, and knows better.
        if (watched.off !== undefined) emit(found(item, false, item.tick))
        delete watched.off
        delete watched.still
        return
      }
      if (watched.off === undefined) {
        const { still } = watched
        if (still === undefined || !isOff(watched, still)) return
        watched.off = { lowestCelsius: watched.temperature.at(-1)?.[1] ?? null, recent: [] }
        setOff(contacts, item.device, true)
        emit(found(item, true, still.from * 1e6, still.to + 1 - still.from))
      }
      if (
        isWornAgain(watched, watched.off, isDead ? 'dead' : item.motion.movement < worn.movementG ? 'stirred' : 'moved')
      ) {
        delete watched.off
        setOff(contacts, item.device, false)
        return emit(found(item, false, item.tick))
      }
      emit(unjudged(item, watched.signals))
    },
  }
}

function note(watched: Watched, item: Extract<Flow, { kind: 'vital' | 'samples' }>): void {
  if (!watched.signals.includes(item.signal)) watched.signals.push(item.signal)
  if (item.kind !== 'vital') return
  if (item.signal === 'skinTemperature') takeReading(watched.temperature, item.tick, item.value)
  if (item.signal === 'heartRate') takeReading(watched.heartRate, item.tick, item.value)
}

/** Takes in a second. @returns whether it belongs to a dead still span */
function isDeadStill(watched: Watched, { second, movement, mean }: MotionSecond): boolean {
  if (!(movement < deadStillBelowG) || mean.some(Number.isNaN)) {
    delete watched.still
    return false
  }
  const { still } = watched
  const low = mean.map((value, a) => Math.min(value, still?.low[a] ?? value))
  const high = mean.map((value, a) => Math.max(value, still?.high[a] ?? value))
  const isTurned = high.some((value, a) => value - low[a]! > turnedBelowG)
  if (still === undefined || isTurned || second !== still.to + 1) {
    watched.still = { from: second, to: second, low: [...mean], high: [...mean] }
    return !isTurned
  }
  Object.assign(still, { to: second, low, high })
  return true
}

function isOff({ temperature, heartRate }: Watched, { from, to }: Still): boolean {
  const seconds = to + 1 - from
  if (seconds < stillSeconds) return false
  const until = (to + 1) * 1e6
  const degrees = between(temperature, Math.max(from * 1e6, until - fallMicros), until)
  if (degrees.length > 0) return fallOf(degrees) >= fallCelsius
  return (
    seconds >= steady.seconds &&
    isSteady(between(heartRate, until - steady.seconds * 1e6, until), steady.seconds, steady.within)
  )
}

function isWornAgain({ temperature }: Watched, off: NonNullable<Watched['off']>, now: 'dead' | 'stirred' | 'moved') {
  off.recent.push(now)
  if (off.recent.length > worn.ofSeconds) off.recent.shift()
  const newest = temperature.at(-1)
  if (newest !== undefined) off.lowestCelsius = Math.min(off.lowestCelsius ?? newest[1], newest[1])
  const stirred = off.recent.slice(-worn.seconds)
  const isStirred = stirred.length === worn.seconds && !stirred.includes('dead')
  const isWarmer =
    newest === undefined || off.lowestCelsius === null || newest[2] >= off.lowestCelsius + worn.warmerCelsius
  return (isStirred && isWarmer) || off.recent.filter((one) => one === 'moved').length >= worn.seconds
}

function setOff(contacts: KeyedState<Contact>, device: string, isOffBody: boolean): void {
  const contact = contacts.of(device)
  if (isOffBody) Object.assign(contact, { off: 'off-body', inferred: true })
  else {
    delete contact.off
    delete contact.inferred
  }
}

function found(item: Moved, abnormal: boolean, tick: number, seconds?: number): Flow {
  return {
    kind: 'finding',
    ...stampOf(item, tick),
    code: 'off-body',
    abnormal,
    timing: 'stream',
    ...(seconds !== undefined && { params: { seconds } }),
  }
}

function unjudged(item: Moved, signals: readonly SignalName[]): Flow {
  const stretch = { ...stampOf(item), signals: [...signals], untilTick: item.tick + 1_000_000 }
  return { kind: 'verdict', detector: 'off-body', ...stretch, verdict: 'not-assessable', reason: 'off-body' }
}
