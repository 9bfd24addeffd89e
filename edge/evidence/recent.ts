import type { Decoded } from '../../firmware-bridge/records.ts'
import type { Input } from '../flow.ts'
import type { AssignmentBook } from '../stages/wearers.ts'
import type { Snapshotted, StateRow } from '../state/keyedState.ts'
import type { Heard, KeptInput } from './packInputs.ts'
import { WearerRing, type Checkpoint } from './wearerRing.ts'

/**
 * A checkpoint costs more than a second of the pipeline's work, unless the state has just been written to disk: then it is made of
 * the same rows. So it is due every half minute of the stream, and waits a little for the next commit.
 */
const checkpointMicros = 30_000_000
const patienceMicros = 10_000_000
const keptCheckpoints = 3
/** What comes faster than that, in bytes of samples, µs of stream time or not. */
const checkpointBytes = 1_000_000
/** A wearer of whom nothing has come for so long is forgotten, µs of wall clock. */
const idleMicros = 300_000_000
/** The gateway's own key, for what it knows of no wearer in particular. */
const gatewayKey = ''

/** What came in lately for each wearer, with snapshots of what was known, taken at intervals between two inputs. */
export class Recent {
  readonly #states: readonly Snapshotted[]
  readonly #book: AssignmentBook
  readonly #rings = new Map<string, WearerRing>()
  /** By device, as of the last tick or request: who wears it. */
  #wearerOf = new Map<string, string | undefined>()
  /** Devices that have measured since the gateway started. */
  readonly #measured = new Set<string>()
  readonly #sourceOf = new Map<string, string>()

  constructor(states: readonly Snapshotted[], book: AssignmentBook) {
    this.#states = states
    this.#book = book
  }

  get bytes(): number {
    let bytes = 0
    for (const ring of this.#rings.values()) bytes += ring.bytes
    return bytes
  }

  get size(): number {
    return this.#rings.size
  }

  of(wearer: string): WearerRing | undefined {
    return this.#rings.get(wearer)
  }

  /**
   * Takes an input that the pipeline has not seen yet.
   *
   * @returns for whom it was kept, and as what
   */
  hear(input: Input, now: number): [wearer: string, heard: Heard][] {
    if (input.kind === 'refused') return []
    if (input.kind !== 'arrival') return this.#hearOther(input, now)
    const { source, device, receivedAt, records, repeated } = input
    if (!this.#wearerOf.has(device)) this.#wearerOf.set(device, this.#book.wearerOf(device, now))
    const wearer = this.#wearerOf.get(device)
    if (wearer === undefined) return []
    this.#sourceOf.set(device, source)
    let ring = this.#ringOf(wearer, device, now)
    const waited = this.#waited(ring, records, device, now)
    if (waited >= patienceMicros || (waited >= 0 && this.#isTaken(wearer, ring))) this.#checkpoint(wearer, ring, now)
    if (ring.isLeft) {
      ring = this.#ringOf(wearer, device, now)
      this.#checkpoint(wearer, ring, now)
    }
    const kept: KeptInput = { kind: 'arrival', source, device, receivedAt, records, ...(repeated && { repeated }) }
    const heard = { now, input: kept }
    let bytes = 0
    for (const record of records) {
      if (record.kind === 'samples') {
        bytes += record.values.byteLength
        this.#measured.add(device)
      }
      if ('bootId' in record) ring.moments.set(device, { bootId: record.bootId, tick: record.tick })
    }
    ring.heard(heard, bytes)
    ring.arrivedAt = now
    return [[wearer, heard]]
  }

  #hearOther(input: Exclude<Input, { kind: 'arrival' | 'refused' }>, now: number): [string, Heard][] {
    // Who wears what may have changed, or is about to.
    if (input.kind !== 'source') this.#wearerOf = new Map()
    const kept: [string, Heard][] = []
    const heard: Heard = { now, input: input.kind === 'request' ? withoutAnswer(input) : input }
    for (const [wearer, ring] of this.#rings) {
      if (now - ring.arrivedAt > idleMicros) {
        this.#rings.delete(wearer)
        continue
      }
      if (!concerns(input, wearer, ring.devices, this.#sourceOf)) continue
      if (this.#waited(ring, [], '', now) >= patienceMicros) this.#checkpoint(wearer, ring, now)
      ring.heard(heard, 0)
      kept.push([wearer, heard])
    }
    return kept
  }

  /**
   * A wearer's ring begins anew when another device comes to it, as nothing is known of that one in the checkpoints, and, at the
   * next checkpoint, when one has gone, as what is known of that one is somebody else's.
   */
  #ringOf(wearer: string, device: string, now: number): WearerRing {
    const known = this.#rings.get(wearer)
    if (known?.devices.has(device) === true && !known.isLeft) return known
    const ring = new WearerRing(new Set([device, ...this.#book.devicesOf(wearer, now)]), keptCheckpoints, now)
    this.#rings.set(wearer, ring)
    return ring
  }

  /** For how long a checkpoint has been due, µs; below 0: it is not. */
  #waited(ring: WearerRing, records: readonly Decoded[], device: string, now: number): number {
    const last = ring.checkpoints.at(-1)
    if (last === undefined || ring.freshBytes >= checkpointBytes) return Infinity
    const before = last.moments.get(device)
    let passed = now - last.now
    for (const record of records)
      if ('bootId' in record && record.bootId === before?.bootId) passed = Math.max(passed, record.tick - before.tick)
    return passed - checkpointMicros
  }

  #isTaken(wearer: string, { devices }: WearerRing): boolean {
    const keys = [wearer, ...devices, gatewayKey]
    return this.#states.every((state) => keys.every((key) => state.isTaken(key)))
  }

  #checkpoint(wearer: string, ring: WearerRing, now: number): void {
    if ([...ring.devices].some((device) => this.#book.wearerOf(device, now) !== wearer)) {
      ring.isLeft = true
      return
    }
    const rows: StateRow[] = []
    for (const state of this.#states)
      for (const key of [wearer, ...ring.devices, gatewayKey]) {
        const row = state.rowOf(key)
        // Assignments stand beside the snapshot, as those of the configuration are no state.
        if (row !== undefined && row.part !== 'assignments') rows.push(row)
      }
    const checkpoint: Checkpoint = {
      now,
      rows,
      assignments: this.#book.list().filter((held) => held.wearer === wearer && ring.devices.has(held.device)),
      moments: new Map(ring.moments),
      unheardSources: [...ring.devices]
        .filter((device) => !this.#measured.has(device))
        .flatMap((device) => this.#sourceOf.get(device) ?? []),
      inputs: ring.inputs,
      verdicts: ring.verdicts,
    }
    ring.add(checkpoint)
  }
}

function withoutAnswer({ kind, request, at }: Extract<Input, { kind: 'request' }>): KeptInput {
  return { kind, request, at }
}

/** What is said of others is no evidence of this wearer. */
function concerns(
  input: Exclude<Input, { kind: 'arrival' | 'refused' }>,
  wearer: string,
  devices: ReadonlySet<string>,
  sourceOf: ReadonlyMap<string, string>,
): boolean {
  if (input.kind === 'tick') return true
  // Of the gateway itself.
  if (input.kind === 'finding') return false
  if (input.kind === 'source') return [...devices].some((device) => sourceOf.get(device) === input.source)
  // Alarms are named by ids that hold a device or, where they are not of a stream, something else: what names nobody counts too.
  const said = Object.entries(input.request).flatMap(([name, value]) =>
    name === 'requestId' || name === 'by' || name === 'comment' ? [] : JSON.stringify(value),
  )
  return [wearer, ...devices].some((name) => said.some((text) => text.includes(name)))
}
