import { stampOf, type Finding, type Flow, type Late, type Stage, type Stamp, type Vital } from '../flow.ts'
import { signals } from '../../firmware-bridge/signals.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { isoOf } from '../time.ts'
import type { Detector } from './detector.ts'

/** What came too late from one device, until no more comes. JSON-able. */
interface LateRun {
  /** Gateway clock when the last of it came, µs. */
  heardAt: number
  /** Stream time up to which everything else was measured by then, µs. */
  liveTick: number
  frames: number
  /** The earliest of it, and where the latest ends. */
  from: Stamp
  untilTick: number
  values: Vital[]
}

/**
 * No more of it is expected when nothing came for so long, by the device's stream time or, where that stands still, by the
 * wall clock, µs.
 */
const quietMicros = 10_000_000
const patienceMicros = 15_000_000
/** More is told in parts. */
const mostValues = 4000
/** Values further apart do not show that something held in between, µs. */
const holeMicros = 3_000_000
/** Longer than any rule waits for an end, µs. */
const foreverMicros = 3_600_000_000

/**
 * What comes after later data is kept and never judged as if it were now: models and rules of rhythm have gone on. It is told as
 * `late-data`, and single values are held against the wearer's limits: what lasted is a past event.
 *
 * @param limits the detector of limits, for values in order; nothing else passes it
 * @param now the wall clock, µs
 * @param laterBy how much later in gateway time an item is than it was stamped, µs
 */
export function lateData(limits: Detector, now: () => number, laterBy: (item: Stamp) => number = () => 0): Detector {
  const states = new KeyedState(plainState<{ run?: LateRun }>('late-data', 1, () => ({})))
  const close = (device: string, emit: (item: Flow) => void): void => {
    const run = states.peek(device)?.run
    if (run === undefined) return
    delete states.of(device).run
    for (const finding of [...told(run, laterBy(run.from)), ...heldAgainst(limits, run.values)]) emit(finding)
  }
  const stage: Stage = (item, emit) => {
    emit(item)
    switch (item.kind) {
      case 'tick':
        for (const [device, { run }] of states.entries())
          // Set back, the clock tells nothing of how long it was.
          if (run !== undefined && (item.now - run.heardAt >= patienceMicros || item.now < run.heardAt))
            close(device, emit)
        return
      case 'late': {
        const state = states.of(item.device)
        state.run = withLate(state.run, item, now())
        if (state.run.values.length >= mostValues) close(item.device, emit)
        return
      }
      case 'samples':
      case 'vital': {
        const run = states.peek(item.device)?.run
        if (run !== undefined && item.tick - run.liveTick >= quietMicros) close(item.device, emit)
        return
      }
      case 'handover':
      case 'restart':
        return close(item.device, emit)
      default:
    }
  }
  const takes = ['tick', 'late', 'samples', 'vital', 'handover', 'restart'] as const
  return { name: 'late-data', state: [states], takes, stage }
}

function withLate(run: LateRun | undefined, item: Late, heardAt: number): LateRun {
  const { signal, rateHz, liveTick } = item
  const untilTick = Math.round(item.tick + (item.values.length * 1e6) / rateHz)
  const { min, max, form } = signals[signal]
  const measured = Array.from(form === 'waveform' ? [] : item.values, (value, i): Vital => {
    const at = stampOf(item, Math.round(item.tick + (i * 1e6) / rateHz))
    return { kind: 'vital', ...at, signal, value, from: 'device' }
  }).filter(({ value }) => value >= min && value <= max)
  const values = run?.values ?? []
  values.push(...measured)
  return {
    heardAt,
    liveTick: Math.max(liveTick, run?.liveTick ?? liveTick),
    frames: (run?.frames ?? 0) + 1,
    from: run !== undefined && isSooner(run.from, item) ? run.from : stampOf(item),
    untilTick: Math.max(untilTick, run?.untilTick ?? untilTick),
    values,
  }
}

const isSooner = (a: Stamp, b: Stamp): boolean => a.bootId !== b.bootId || a.tick <= b.tick

function told({ from, untilTick, frames }: LateRun, later: number): Finding[] {
  const seconds = Math.max(0, Math.round((untilTick - from.tick) / 1e6))
  const at = from.sampledAt + later
  const params = { seconds, frames, from: isoOf(at), to: isoOf(at + untilTick - from.tick) }
  const found = { kind: 'finding', ...from, code: 'late-data', timing: 'stream' } as const
  return [
    { ...found, abnormal: true, params },
    { ...found, abnormal: false },
  ]
}

/** What the limits say of late values, by signal and in order; each unbroken stretch by itself, and over with its end. */
function heldAgainst(limits: Detector, values: readonly Vital[]): Finding[] {
  const bySignal = new Map<string, Vital[]>()
  for (const value of values) {
    const key = `${value.signal} ${value.wearer} ${value.bootId}`
    const same = bySignal.get(key)
    if (same === undefined) bySignal.set(key, [value])
    else same.push(value)
  }
  return [...bySignal.values()].flatMap((of) => {
    const inOrder = of.sort((a, b) => a.tick - b.tick)
    return inOrder.flatMap((value, i) => {
      const found: Finding[] = []
      limits.stage(value, (item) => item.kind === 'finding' && found.push(asLate(item)))
      const next = inOrder[i + 1]
      if (next !== undefined && next.tick - value.tick <= holeMicros) return found
      // Whatever holds at the end of a stretch is over with it: nobody knows how it went on.
      const ends = found.filter(({ abnormal }) => abnormal)
      return [...found, ...ends.map((finding) => ({ ...finding, abnormal: false, tick: finding.tick + foreverMicros }))]
    })
  })
}

/** A cause of its own: it neither ends nor goes on with what is measured now. */
function asLate(finding: Finding): Finding {
  const about = finding.about === undefined ? 'late' : `${finding.about} late`
  return { ...finding, about, past: true }
}
