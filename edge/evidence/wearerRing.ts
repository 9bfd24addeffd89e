import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { BeatSeen, Verdict, Vital } from '../flow.ts'
import type { Assignment } from '../messages.ts'
import type { StateRow } from '../state/keyedState.ts'
import type { Heard } from './packInputs.ts'

/** Stream time of the newest record of a device. */
export interface DeviceMoment {
  bootId: number
  tick: number
}

/** All that the pipeline knew of a wearer and its devices between two inputs. */
export interface Checkpoint {
  /** The gateway's clock, µs since the epoch. */
  now: number
  rows: StateRow[]
  assignments: Assignment[]
  /** By device: where its stream stood. */
  moments: Map<string, DeviceMoment>
  /** Sources of devices that had measured nothing yet since the gateway started. */
  unheardSources: string[]
  /** Number of inputs and of verdicts of this wearer before it. */
  inputs: number
  verdicts: number
}

/** Bytes that an entry takes besides its samples, roughly. */
const entryBytes = 200

/**
 * What came in for one wearer since the oldest of a few checkpoints, in the order in which the pipeline took it. What lies before
 * that checkpoint is dropped when a newer one is added, so that it holds `keptCheckpoints` to one more interval between them.
 */
export class WearerRing {
  readonly devices: ReadonlySet<string>
  readonly checkpoints: Checkpoint[] = []
  readonly moments = new Map<string, DeviceMoment>()
  readonly vitals = new Map<SignalName, Vital>()
  readonly beats = new Map<string, BeatSeen>()
  /** When something last arrived, gateway clock, µs. */
  arrivedAt: number
  /** One of the devices is no longer worn by this wearer. */
  isLeft = false
  /** Of the samples and entries since the newest checkpoint, and of all that is kept. */
  freshBytes = 0
  bytes = 0
  readonly #keptCheckpoints: number
  readonly #inputs: Heard[] = []
  readonly #sizes: number[] = []
  readonly #verdicts: Verdict[] = []
  /** How many were dropped in front. */
  #droppedInputs = 0
  #droppedVerdicts = 0

  constructor(devices: ReadonlySet<string>, keptCheckpoints: number, now: number) {
    this.devices = devices
    this.#keptCheckpoints = keptCheckpoints
    this.arrivedAt = now
  }

  get inputs(): number {
    return this.#droppedInputs + this.#inputs.length
  }

  get verdicts(): number {
    return this.#droppedVerdicts + this.#verdicts.length
  }

  heard(heard: Heard, sampleBytes: number): void {
    this.#inputs.push(heard)
    this.#sizes.push(sampleBytes + entryBytes)
    this.freshBytes += sampleBytes + entryBytes
    this.bytes += sampleBytes + entryBytes
  }

  judged(verdict: Verdict): void {
    this.#verdicts.push(verdict)
  }

  /** Adds a checkpoint and drops what lies before the oldest that is kept. */
  add(checkpoint: Checkpoint): void {
    this.checkpoints.push(checkpoint)
    this.freshBytes = 0
    this.bytes += rowBytes(checkpoint)
    while (this.checkpoints.length > this.#keptCheckpoints) this.bytes -= rowBytes(this.checkpoints.shift()!)
    const oldest = this.checkpoints[0]!
    const inputs = oldest.inputs - this.#droppedInputs
    this.#inputs.splice(0, inputs)
    for (const size of this.#sizes.splice(0, inputs)) this.bytes -= size
    this.#verdicts.splice(0, oldest.verdicts - this.#droppedVerdicts)
    this.#droppedInputs = oldest.inputs
    this.#droppedVerdicts = oldest.verdicts
  }

  inputsFrom({ inputs }: Checkpoint): Heard[] {
    return this.#inputs.slice(inputs - this.#droppedInputs)
  }

  verdictsFrom({ verdicts }: Checkpoint): Verdict[] {
    return this.#verdicts.slice(verdicts - this.#droppedVerdicts)
  }
}

function rowBytes({ rows }: Checkpoint): number {
  let bytes = 0
  for (const { json } of rows) bytes += json.length
  return bytes
}
