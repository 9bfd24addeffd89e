import { Observable, type OperatorFunction } from 'rxjs'
import type { Decoded, DeviceEventCode, NoReadingCause, WireRecord } from '../firmware-bridge/records.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import type { Beat } from '../models/inputs/beatStream.ts'
import type { Alarm, AlarmCode, ClockQuality, Request, Response, Summary } from './messages.ts'
import type { BeatLabel } from './rhythm/beatLabels.ts'
import type { MotionSecond } from './stages/motionSeconds.ts'

/** What a source hands over: the records of one message or chunk, and the promise to be told when they are safe. */
export interface Arrival {
  kind: 'arrival'
  source: string
  device: string
  /** Gateway clock, integer µs since the epoch. */
  receivedAt: number
  records: readonly Decoded[]
  /** The broker says that it has sent this before. */
  repeated?: boolean
  /** Called once everything that follows from this arrival is on disk. */
  acknowledge?: () => void
  /** How many messages its source sends at most while none is acknowledged; absent: few. */
  ahead?: number
}

/** The wall clock moved on. It only decides when to stop waiting. */
export interface Tick {
  kind: 'tick'
  /** Integer µs since the epoch. */
  now: number
  /** By a clock that nobody sets, µs; absent: none is there. */
  steadyMicros?: number
}

/** A person's or program's request, in order with the data. */
export interface Asked {
  kind: 'request'
  request: Request
  /** ISO 8601. */
  at: string
  respond: (response: Response) => void
}

/** Where a source stands: connected, or not and why. */
export interface SourceState {
  kind: 'source'
  source: string
  connected: boolean
  detail?: string
  /** Comes with the first byte of a line that was lost or silent: how long nothing was heard, µs. */
  blindMicros?: number
  /** Since the start, of a line. */
  counts?: LineCounts
}

/** What a line has come to since the start: bytes read, openings after the first, µs of deafness, bytes given up unread. */
export interface LineCounts {
  bytes: number
  reopened: number
  blindMicros: number
  droppedBytes: number
}

/** A finding as input is about the gateway itself: of no wearer and no device. */
export type Input = Arrival | Tick | Asked | SourceState | Refused | Finding

/** Identity and gateway time of what a device said; `wearer` is there once it is known who wears it. */
export interface Stamp {
  source: string
  device: string
  wearer: string
  bootId: number
  /** Stream time, integer µs. */
  tick: number
  /** Gateway time of `tick`, integer µs since the epoch. */
  sampledAt: number
}

/** The stamp of an item alone; at another moment of the same boot, if `tick` is given. */
export function stampOf({ source, device, wearer, bootId, tick, sampledAt }: Stamp, at = tick): Stamp {
  return { source, device, wearer, bootId, tick: at, sampledAt: sampledAt + at - tick }
}

/**
 * A finding at stream time `at`. Here and wherever items are made many times a second their fields are written out: an object that is
 * put together by spreading costs up to a hundred times as much.
 */
export function findingAt(
  { source, device, wearer, bootId, tick, sampledAt }: Stamp,
  at: number,
  code: AlarmCode,
  abnormal: boolean,
  params?: NonNullable<Finding['params']>,
): Finding {
  const finding: Finding = {
    kind: 'finding',
    source,
    device,
    wearer,
    bootId,
    tick: at,
    sampledAt: sampledAt + at - tick,
    code,
    abnormal,
    timing: 'stream',
  }
  if (params !== undefined) finding.params = params
  return finding
}

/** A value of a vital sign at stream time `at`. */
export function vitalAt(
  { source, device, wearer, bootId, tick, sampledAt }: Stamp,
  at: number,
  signal: SignalName,
  value: number,
  from: Vital['from'],
): Vital {
  return {
    kind: 'vital',
    source,
    device,
    wearer,
    bootId,
    tick: at,
    sampledAt: sampledAt + at - tick,
    signal,
    value,
    from,
  }
}

/** Stream time of the end of a block, µs. */
export function endTick({ tick, values, rateHz }: Samples): number {
  return Math.round(tick + (values.length * 1e6) / rateHz)
}

export type Said = { kind: 'said'; source: string; device: string; receivedAt: number; record: WireRecord }
/** A stretch of stream time, up to `untilTick`, in which the device measured but nothing arrived. */
export type Gap = Stamp & { kind: 'gap'; untilTick: number }
export type Restart = Stamp & { kind: 'restart' }
/** Gateway time of the boot was corrected; from here on it is as stamped. */
export type ClockStep = Stamp & { kind: 'clock-step' }
/** From now on `wearer` no longer wears the device, by somebody's request. */
export type Handover = { kind: 'handover'; device: string; wearer: string; at: string }
export type Samples = Stamp & {
  kind: 'samples'
  signal: SignalName
  rateHz: number
  values: Float32Array
  /** How well `sampledAt` is known, shared by all blocks of the same minute. */
  clock?: ClockQuality
}
/** Samples that came after later ones: kept and marked, never taken for now. */
export type Late = Stamp & {
  kind: 'late'
  signal: SignalName
  rateHz: number
  values: Float32Array
  /** Stream time up to which anything was measured when it came, µs. */
  liveTick: number
}
export type DeviceEvent = Stamp & {
  kind: 'device-event'
  code: DeviceEventCode
  value?: number
  signal?: SignalName
  cause?: NoReadingCause
}
/** One value a second or less of a vital sign, measured by the device or derived from its waveform. */
export type Vital = Stamp & {
  kind: 'vital'
  signal: SignalName
  value: number
  from: 'device' | 'ecg' | 'waveform'
  /** Another source of the same wearer says it at this time and is preferred: whoever needs a single value takes that one. */
  spare?: true
}
/** A second of acceleration, as soon as all of it is there; `tick` is its start. */
export type Moved = Stamp & { kind: 'motion'; motion: MotionSecond }
/** `label` is there once the beat was held against what is usual in its wearer. */
export type BeatSeen = Stamp & { kind: 'beat'; beat: Beat; label?: BeatLabel }

/** What a detector thinks of a stretch of stream time. Unknown is never normal. */
export type Verdict = Stamp & {
  kind: 'verdict'
  detector: string
  signals: SignalName[]
  untilTick: number
  /** Others watch the wearer whatever it says: it decides neither who is being watched nor what was assessable. */
  advisory?: true
} & (
    | {
        verdict: 'normal' | 'anomalous'
        modelHash?: string
        score: number
        threshold: number
        attribution: Record<string, number>
        /** By segment: whether what was measured lies above or below what the model would expect. */
        direction?: Record<string, 'higher' | 'lower'>
      }
    | {
        verdict: 'not-assessable'
        reason: string
        /** Where a model has said so. */
        evidence?: NonNullable<Alarm['evidence']>
      }
    | { verdict: 'warming-up' }
  )

/** One look of a detector at an alarm's cause: it holds, or it does not. No look, no finding. */
export type Finding = Stamp & {
  kind: 'finding'
  code: AlarmCode
  /** Tells apart causes of one code at one device, such as the signal that is missing. */
  about?: string
  abnormal: boolean
  params?: Record<string, number | string>
  evidence?: Alarm['evidence']
  /** Of what came after later data: it tells what was, whatever it finds. */
  past?: true
  /** Ends of causes that no data can show (silence, gap) carry no stream time of their own. */
  timing: 'stream' | 'wall'
}

/** Everything of one arrival has passed; its `acknowledge` may be called after the next commit. */
export type Delivered = { kind: 'delivered'; acknowledge: () => void; ahead?: number }
export type Announced = { kind: 'alarm'; alarm: Alarm }
export type Summarised = { kind: 'summary'; summary: Summary }
export type Answer = { kind: 'answer'; response: Response; respond: (response: Response) => void }
/** Something was refused; counted under `reason`, the bytes kept for inspection. */
export type Refused = {
  kind: 'refused'
  source: string
  device: string
  reason: string
  detail: string
  bytes?: Uint8Array
}

export type Flow =
  | Input
  | Said
  | Gap
  | Restart
  | ClockStep
  | Handover
  | Samples
  | Late
  | DeviceEvent
  | Vital
  | Moved
  | BeatSeen
  | Verdict
  | Finding
  | Delivered
  | Announced
  | Summarised
  | Answer
  | Refused

/** One step of the pipeline: takes an item and emits what follows from it, the item itself included if others need it. */
export type Stage = (item: Flow, emit: (item: Flow) => void) => void

/** A stage with its name, and what it takes. */
export interface Step {
  name: string
  stage: Stage
  /** Kinds of items that it looks at; all others pass it by, unchanged and without effect. Absent: all. */
  takes?: readonly Flow['kind'][]
}

/** One stage as an RxJS operator. */
export function through(name: string, stage: Stage): OperatorFunction<Flow, Flow> {
  return chain([{ name, stage }])
}

/**
 * Stages one after another as an RxJS operator: an item goes from one that takes its kind straight to the next that does. An
 * exception inside a stage costs that item, which is refused as `internal-error`, and never the stream.
 */
export function chain(steps: readonly Step[]): OperatorFunction<Flow, Flow> {
  /** By kind, for each place: the first step from there on that takes it. */
  const next = new Map<Flow['kind'], readonly number[]>()
  const nextOf = (kind: Flow['kind']): readonly number[] => {
    let places = next.get(kind)
    if (places === undefined) {
      const takers = steps.map(({ takes }, i) => (takes?.includes(kind) === false ? steps.length : i))
      places = [...takers, steps.length].map((_, from, all) => Math.min(...all.slice(from)))
      next.set(kind, places)
    }
    return places
  }
  return (source) =>
    new Observable((subscriber) => {
      const enter = (item: Flow, from: number): void => {
        const at = nextOf(item.kind)[from]!
        const step = steps[at]
        if (step === undefined) return subscriber.next(item)
        const emit = emits[at]!
        try {
          step.stage(item, emit)
        } catch (error) {
          emit(refused(step.name, item, error))
        }
      }
      const emits = steps.map(
        (_, i) =>
          (item: Flow): void =>
            enter(item, i + 1),
      )
      return source.subscribe({
        next: (item) => enter(item, 0),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

function refused(name: string, item: Flow, error: unknown): Refused {
  const { source, device } = { source: '', device: '', ...item } as { source: string; device: string }
  return { kind: 'refused', source, device, reason: 'internal-error', detail: `${name}: ${String(error)}` }
}
