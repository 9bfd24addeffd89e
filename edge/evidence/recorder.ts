import { signals } from '../../firmware-bridge/signals.ts'
import type { Bundle } from '../../models/bundle.ts'
import { inputKinds } from '../../models/bundle/inputKinds.ts'
import type { BeatSeen, Flow, Input, Verdict } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import type { AssignmentBook } from '../stages/wearers.ts'
import type { Snapshotted } from '../state/keyedState.ts'
import { isoOf, microsOf } from '../time.ts'
import { evidenceVersion, type Evidence, type VerdictLine } from './evidence.ts'
import type { EvidenceKeeper } from './keepEvidence.ts'
import { packInput, type Heard } from './packInputs.ts'
import { Recent } from './recent.ts'
import type { Checkpoint, DeviceMoment } from './wearerRing.ts'

/** Stream time that an excerpt covers before the onset, where so much is kept, and after the alarm was raised, µs. */
const beforeMicros = 10_000_000
const afterMicros = 20_000_000
/** By the wall clock, where the stream has stopped. */
const latestMicros = 30_000_000
/** Alarms whose 20 s are not over: beyond it an alarm's excerpt ends where it was raised. */
const mostPending = 64

export interface RecorderParts {
  states: readonly Snapshotted[]
  book: AssignmentBook
  bundle: Bundle
  vitalsBundle?: Bundle
  ppgBundle?: Bundle
  /** What the pipeline was made with, besides models and the book. JSON-able but for sets. */
  settings: Readonly<Record<string, unknown>>
  now: () => number
  keeper: Pick<EvidenceKeeper, 'keep'>
}

interface Pending {
  alarm: Alarm
  raisedAt: number
  /** Where the stream of the alarm's device stood. */
  raisedMoment: DeviceMoment | undefined
  inputs: Heard[]
  verdicts: Verdict[]
  before: Omit<Evidence, 'inputs' | 'verdicts' | 'complete'>
}

/** Alarms that no input replays: nothing was heard, or the time that they speak of was before the program began. */
const withoutEvidence: readonly Alarm['code'][] = ['gateway-restarted', 'gateway-silent']

/**
 * Keeps, beside the pipeline and out of its way, what an alarm's evidence is made of: `before` sees each input first, `see` all
 * that comes out. Knows only the pipeline's snapshots, not what is in them.
 */
export class EvidenceRecorder {
  readonly #parts: RecorderParts
  readonly #recent: Recent
  readonly #pending = new Set<Pending>()
  #withheld = 0

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#recent = new Recent(parts.states, parts.book)
  }

  /** Bytes kept in memory, alarms whose 20 s are not over, and alarms that got no evidence. */
  get metrics(): { bytes: number; wearers: number; pending: number; withheld: number } {
    const { bytes, size } = this.#recent
    return { bytes, wearers: size, pending: this.#pending.size, withheld: this.#withheld }
  }

  /** To be called with each input before the pipeline takes it, and between two of them only. */
  before(input: Input): void {
    const now = this.#parts.now()
    for (const pending of this.#pending) if (this.#isOver(pending, now)) this.#finish(pending)
    for (const [wearer, heard] of this.#recent.hear(input, now))
      for (const pending of this.#pending) if (pending.alarm.wearer === wearer) pending.inputs.push(heard)
  }

  /** To be called with what passes at the end of the pipeline. */
  see(item: Flow): void {
    if (item.kind === 'alarm') {
      if (isAnnounced(item.alarm)) this.#raised(item.alarm)
      return
    }
    if (item.kind !== 'verdict' && item.kind !== 'vital' && item.kind !== 'beat') return
    const ring = this.#recent.of(item.wearer)
    if (ring === undefined) return
    if (item.kind === 'vital') ring.vitals.set(item.signal, item)
    else if (item.kind === 'beat') ring.beats.set(item.device, item)
    else {
      ring.judged(item)
      for (const pending of this.#pending) if (pending.alarm.wearer === item.wearer) pending.verdicts.push(item)
    }
  }

  /** No more will come: alarms whose 20 s are not over keep what there is. */
  stop(): void {
    for (const pending of this.#pending) this.#keep(pending, false)
    this.#pending.clear()
  }

  #raised(alarm: Alarm): void {
    const ring = alarm.wearer === undefined ? undefined : this.#recent.of(alarm.wearer)
    const checkpoint = ring && startOf(ring.checkpoints, alarm)
    if (
      ring === undefined ||
      checkpoint === undefined ||
      withoutEvidence.includes(alarm.code) ||
      !alarm.devices.every((device) => ring.devices.has(device))
    ) {
      this.#withheld += 1
      return
    }
    const device = alarm.streamTime?.device
    const moment = device === undefined ? undefined : ring.moments.get(device)
    const beat = device === undefined ? undefined : ring.beats.get(device)
    const pending: Pending = {
      alarm,
      raisedAt: this.#parts.now(),
      raisedMoment: moment && { ...moment },
      inputs: ring.inputsFrom(checkpoint),
      verdicts: ring.verdictsFrom(checkpoint),
      before: {
        schemaVersion: evidenceVersion,
        alarm,
        models: this.#models(),
        settings: settingsFor(alarm.wearer, this.#parts.settings, checkpoint.unheardSources),
        assignments: checkpoint.assignments,
        vitals: Object.fromEntries(
          [...ring.vitals].map(([signal, { value, sampledAt, device: by }]) => [
            signal,
            { value, unit: signals[signal].unit, at: isoOf(sampledAt), device: by },
          ]),
        ),
        ...(beat !== undefined && { quality: { ...beat.beat.quality } }),
        ...(beat !== undefined && isOfBeats(alarm) && this.#windowOf(beat)),
        snapshot: { takenAt: isoOf(checkpoint.now), rows: checkpoint.rows },
      },
    }
    this.#keep(pending, false)
    if (this.#pending.size < mostPending) this.#pending.add(pending)
  }

  #isOver({ alarm, raisedAt, raisedMoment }: Pending, now: number): boolean {
    if (now - raisedAt >= latestMicros) return true
    const device = alarm.streamTime?.device
    const moment = alarm.wearer === undefined ? undefined : this.#recent.of(alarm.wearer)?.moments.get(device ?? '')
    if (moment === undefined || raisedMoment === undefined) return false
    return moment.bootId !== raisedMoment.bootId || moment.tick - raisedMoment.tick >= afterMicros
  }

  #finish(pending: Pending): void {
    this.#pending.delete(pending)
    this.#keep(pending, true)
  }

  #keep({ alarm, before, inputs, verdicts }: Pending, complete: boolean): void {
    // Of this moment: a pending excerpt goes on growing.
    const heard = complete ? inputs : [...inputs]
    const judged = complete ? verdicts : [...verdicts]
    this.#parts.keeper.keep(alarm, () => ({
      ...before,
      inputs: heard.map(packInput),
      verdicts: judged.map(verdictLine),
      complete,
    }))
  }

  #models(): Evidence['models'] {
    const { bundle, vitalsBundle, ppgBundle } = this.#parts
    const used = ({ manifest: { name, threshold }, hash }: Bundle) => ({ name, hash, threshold: threshold.value })
    return {
      ecg: used(bundle),
      ...(vitalsBundle !== undefined && { vitals: used(vitalsBundle) }),
      ...(ppgBundle !== undefined && { ppg: used(ppgBundle) }),
    }
  }

  #windowOf({ device, beat }: BeatSeen): Pick<Evidence, 'window'> {
    if (beat.input === undefined) return {}
    const { scorer, manifest } = this.#parts.bundle
    return {
      window: {
        device,
        from: beat.from,
        to: beat.to,
        input: rounded(beat.input),
        reconstruction: rounded(scorer.reconstruct(beat.input)),
        segments: inputKinds[manifest.inputSchema.kind].segments.map(({ name, from, to }) => ({ name, from, to })),
      },
    }
  }
}

function isOfBeats({ code, causes = [] }: Alarm): boolean {
  return code === 'ecg-anomaly' || causes.some((cause) => cause.code === 'ecg-anomaly')
}

/** It is new, or something was found that is told anew. */
function isAnnounced({ revision, announced }: Alarm): boolean {
  return revision === 1 || announced?.revision === revision
}

/** What a verdict says, for comparing it. */
export function verdictLine(verdict: Verdict): VerdictLine {
  const { device, detector, bootId, tick: from, untilTick: to } = verdict
  const line = { device, detector, bootId, from, to, verdict: verdict.verdict }
  if (verdict.verdict === 'warming-up') return line
  if (verdict.verdict === 'not-assessable') return { ...line, reason: verdict.reason }
  return { ...line, score: verdict.score, threshold: verdict.threshold }
}

/** The newest checkpoint of 10 s before the onset; where none is so old, the oldest, but for silence: that is told of what came before. */
function startOf(checkpoints: readonly Checkpoint[], { code, at, streamTime }: Alarm): Checkpoint | undefined {
  const isBefore = ({ now, moments }: Checkpoint): boolean => {
    const moment = streamTime && moments.get(streamTime.device)
    if (streamTime === undefined || moment?.bootId !== streamTime.bootId) return now <= microsOf(at) - beforeMicros
    return moment.tick <= streamTime.tick - beforeMicros
  }
  return checkpoints.findLast(isBefore) ?? (code === 'device-silent' ? undefined : checkpoints[0])
}

/** Nobody else's limits, and of the lines that keep nothing those alone whose blind span is still to be told. */
function settingsFor(
  wearer: string | undefined,
  settings: RecorderParts['settings'],
  unheardSources: readonly string[],
): Evidence['settings'] {
  const limits = (settings['wearerLimits'] ?? []) as readonly { wearer: string }[]
  const keepsNothing = settings['keepsNothing'] as ReadonlySet<string>
  return {
    ...settings,
    wearerLimits: limits.filter((own) => own.wearer === wearer),
    keepsNothing: unheardSources.filter((source) => keepsNothing.has(source)),
  }
}

function rounded(values: Float32Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? Number(value.toPrecision(5)) : null))
}
