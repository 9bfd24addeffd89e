import { driftOf } from './arrivalFit.ts'
import type { Flow, Stage, Stamp } from '../flow.ts'
import type { ClockQuality } from '../messages.ts'
import type { KeyedState } from '../state/keyedState.ts'
import type { Timeline } from './clock.ts'

/** From this tick on gateway time is later than the boot's first estimate by so much, µs, and so much more for each second, ppm. */
export type Piece = [from: number, micros: number, ppm: number]

/** How a boot's gateway time is kept in step. JSON-able; pieces are only ever added behind everything that was stamped. */
export interface Correction {
  pieces: Piece[]
  /** Gateway time of the device's own clock before that of an arrival that had not waited, µs; fixed once the drift is known. */
  lead?: number
  /** Stream time of the last look at the drift, µs. */
  lookedAt?: number
  /** The gateway's clock was set, and the next item says so. */
  stepped?: true
}

/** A look at the drift after so much stream time, µs, and so many pieces: an hour, at a new one each time. */
const everyMicros = 60_000_000
const mostPieces = 60
/** An error is made good by at most so much besides the drift, ppm: time never stands still nor runs. */
const mostSlewPpm = 200
/** Less is left as it is, µs and ppm: every arrival moves the line a little. */
const smallMicros = 10_000
const smallPpm = 2
/** A device whose time of day moves against its ticks by more than this has it from elsewhere, ppm. */
const disciplinedPpm = 5
/** Its time of day was set if it is further away than this, µs. */
const setMicros = 5_000_000

/** What is to be added to the first estimate of the gateway time of `tick`, µs. The same tick always gets the same, for an hour. */
export function correctionAt({ pieces }: Correction, tick: number): number {
  const piece = pieces.findLast(([from]) => from <= tick)
  if (piece === undefined) return 0
  const [from, micros, ppm] = piece
  return Math.round(micros + ((tick - from) * ppm) / 1e6)
}

/** Adds what was found out since: the drift, and what is wrong by now. To be called with every block, after the fit. */
export function keepInStep(line: Timeline): void {
  if (line.epochOfTickZero === undefined) return
  const { endTick } = line
  const correction = (line.correction ??= { pieces: [] })
  if (endTick < (correction.lookedAt ?? -Infinity) + everyMicros) return
  correction.lookedAt = endTick
  const quality = qualityOf(line)
  if (quality !== undefined) line.quality = quality
  const now = correctionAt(correction, endTick)
  const aim = line.clock === 'device' ? deviceAim(line, correction, now) : arrivalAim(line)
  if (aim === undefined) return
  const wrong = aim.micros - now
  const slew = Math.abs(wrong) < smallMicros ? 0 : (wrong * 1e6) / everyMicros
  const ppm = aim.ppm + Math.max(-mostSlewPpm, Math.min(mostSlewPpm, slew))
  const before = correction.pieces.at(-1)?.[2] ?? 0
  if (Math.abs(ppm - before) >= smallPpm) addPiece(correction, [endTick, now, ppm])
}

/** The gateway's clock was set: what was estimated by it goes with it, from the next sample on. */
export function setWith(line: Timeline, byMicros: number): void {
  // What is estimated later is so by the clock as it is then.
  if (line.clock === undefined) return
  line.setBy = (line.setBy ?? 0) + byMicros
  if (line.clock === 'device') return
  const correction = (line.correction ??= { pieces: [] })
  const from = Math.max(0, line.endTick)
  const ppm = correction.pieces.at(-1)?.[2] ?? 0
  addPiece(correction, [from, correctionAt(correction, from) + byMicros, ppm])
  correction.stepped = true
}

interface Aim {
  micros: number
  ppm: number
}

/** Later by the drift since the first estimate: arrivals show it, or the device's own time where something keeps that right. */
function deviceAim(line: Timeline, correction: Correction, now: number): Aim | undefined {
  const { epochOfTickZero: epoch = 0, endTick, ownTimes, setBy = 0 } = line
  const own = ownTimes && driftOf(ownTimes, endTick)
  if (own !== undefined && Math.abs(own.driftPpm) > disciplinedPpm) {
    const micros = own.offsetMicros - epoch
    if (Math.abs(micros - now) < setMicros) return { micros, ppm: own.driftPpm }
  }
  const byArrival = arrivalAim(line)
  if (byArrival === undefined) return undefined
  const micros = byArrival.micros - setBy
  correction.lead ??= now - micros
  return { micros: micros + correction.lead, ppm: byArrival.ppm }
}

/** Undefined where arrivals do not show a clock's drift: too few, or a recording that is played faster. */
function arrivalAim({ fit, endTick, epochOfTickZero: epoch = 0, setBy = 0 }: Timeline): Aim | undefined {
  const drift = fit && driftOf(fit, endTick)
  return drift && { micros: drift.offsetMicros - epoch + setBy, ppm: drift.driftPpm }
}

function addPiece({ pieces }: Correction, piece: Piece): void {
  if (pieces.at(-1)?.[0] === piece[0]) pieces.pop()
  pieces.push(piece)
  if (pieces.length > mostPieces) pieces.shift()
}

function qualityOf(line: Timeline): ClockQuality | undefined {
  if (line.clock === undefined) return undefined
  const { clock: source, epochOfTickZero: epoch = 0, endTick, fit, correction, setBy = 0 } = line
  const drift = fit && driftOf(fit, endTick)
  if (drift === undefined) return { source }
  const told = epoch + (correction === undefined ? 0 : correctionAt(correction, endTick))
  const offsetMicros = told - drift.offsetMicros - setBy
  const { uncertaintyMicros } = drift
  return { source, driftPpm: Math.round(drift.driftPpm * 10) / 10, offsetMicros, uncertaintyMicros }
}

/** Kinds of items whose gateway time people see, or that is stored. */
export const stamped = [
  'samples',
  'vital',
  'beat',
  'motion',
  'verdict',
  'finding',
  'gap',
  'restart',
  'clock-step',
  'device-event',
] as const satisfies Flow['kind'][]
const stampedKinds: ReadonlySet<Flow['kind']> = new Set(stamped)

/**
 * Puts gateway time in step: with drift, and with a clock of the gateway that was set. It stands behind everything that judges, so that
 * verdicts hang on stream time alone; from here on items are told and stored. Where the gateway's clock was
 * set a `clock-step` comes before the next item of each device whose time is by arrival.
 */
export function tellTime(states: KeyedState<Timeline>): Stage {
  return (item, emit) => {
    if (!isStamped(item)) return emit(item)
    const line = states.peek(item.device)
    const by = line === undefined ? 0 : toldLater(line, item)
    if (line?.correction?.stepped === true && (item.kind === 'samples' || item.kind === 'vital')) {
      delete states.of(item.device).correction?.stepped
      const { source, device, wearer, bootId, tick, sampledAt } = item
      emit({ kind: 'clock-step', source, device, wearer, bootId, tick, sampledAt: sampledAt + by })
    }
    emit(by === 0 ? item : { ...item, sampledAt: item.sampledAt + by })
  }
}

/** How much later in gateway time an item is than it was stamped, µs. */
export const laterBy =
  (states: KeyedState<Timeline>) =>
  (item: Stamp): number => {
    const line = states.peek(item.device)
    return line === undefined ? 0 : toldLater(line, item)
  }

function toldLater(line: Timeline, { bootId, tick }: Stamp): number {
  if (bootId === line.bootId) return line.correction === undefined ? 0 : correctionAt(line.correction, tick)
  return bootId === line.before?.bootId ? line.before.micros : 0
}

type Stamped = Extract<Flow, { sampledAt: number }>
/** What has no source, such as a device that was never heard, is by the wall clock already. */
const isStamped = (item: Flow): item is Stamped => stampedKinds.has(item.kind) && (item as Stamped).source !== ''
