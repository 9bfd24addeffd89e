import { Subject } from 'rxjs'
import type { Flow, Input } from '../../edge/flow.ts'
import type { Alarm, Summary } from '../../edge/messages.ts'
import { createPipeline, type PipelineOptions } from '../../edge/pipeline.ts'
import { AssignmentBook } from '../../edge/stages/wearers.ts'
import type { Decoded } from '../../firmware-bridge/records.ts'

export type TruthOptions = Pick<PipelineOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle' | 'limits'> & {
  assignments: readonly { device: string; wearer: string }[]
  startEpochMicros: number
}

/** One summary of one wearer: what is written twice under it is the same one. */
export function summaryKey({ wearer, spanSeconds, at }: Pick<Summary, 'wearer' | 'spanSeconds' | 'at'>): string {
  return `${wearer} ${spanSeconds} ${at}`
}

/**
 * What a gateway must make of a stream that nothing disturbs: its own pipeline offline in virtual time, without transport
 * or disk.
 */
export class Truth {
  /** By id, as it stands. */
  readonly alarms = new Map<string, Alarm>()
  /** All that was told of each, in order. */
  readonly revisions = new Map<string, Alarm[]>()
  readonly summaries = new Map<string, Summary>()
  readonly #inputs = new Subject<Input>()
  readonly #startEpochMicros: number
  #now: number

  constructor({ assignments, startEpochMicros, ...options }: TruthOptions) {
    this.#startEpochMicros = startEpochMicros
    this.#now = startEpochMicros
    const pipeline = createPipeline({
      ...options,
      gateway: 'offline',
      book: new AssignmentBook([...assignments]),
      keepsNothing: new Set(),
      now: () => this.#now,
    })
    this.#inputs.pipe(pipeline.run((committed) => committed)).subscribe((item) => this.#take(item))
  }

  push(device: string, atMicros: number, records: readonly Decoded[]): void {
    this.#now = this.#startEpochMicros + atMicros
    this.#inputs.next({ kind: 'arrival', source: 'offline', device, receivedAt: this.#now, records })
  }

  #take(item: Flow): void {
    if (item.kind === 'alarm') {
      const { alarm } = item
      this.alarms.set(alarm.id, alarm)
      this.revisions.set(alarm.id, [...(this.revisions.get(alarm.id) ?? []), alarm])
    }
    if (item.kind === 'summary') this.summaries.set(summaryKey(item.summary), item.summary)
  }
}
