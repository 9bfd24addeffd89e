import { createPipeline, type Pipeline } from '../../../edge/pipeline.ts'
import { AssignmentBook } from '../../../edge/stages/wearers.ts'
import type { Flow, Input } from '../../../edge/flow.ts'
import { decoders } from '../../../firmware-bridge/decoders.ts'
import type { Decoded } from '../../../firmware-bridge/records.ts'
import { loadBundle } from '../../../models/bundle.ts'
import { syntheticFleet } from '../../../simulators/fleet/syntheticFleet.ts'
import { Subject } from 'rxjs'

/** What one synthetic wearer's device sends, second by second: ECG 250 Hz, PPG 100 Hz, three axes at 50 Hz, vital signs. */
export type Template = { atMicros: number; records: readonly Decoded[] }[]

const epoch = Date.UTC(2026, 0, 1) * 1000

/** Templates of so many people, decoded beforehand: what is measured begins with blocks in memory. */
export function templatesOf(people: number, seconds: number): Template[] {
  const templates = new Map<string, Template>()
  const decode = new Map<string, (bytes: Uint8Array) => Decoded[]>()
  for (const { device, atMicros, bytes } of syntheticFleet({
    wearers: people,
    seconds,
    seed: 1,
    startEpochMicros: epoch,
  })) {
    const read = decode.get(device) ?? decoders.frame.messages()
    decode.set(device, read)
    const template = templates.get(device) ?? []
    templates.set(device, template)
    template.push({ atMicros, records: read(bytes) })
  }
  return [...templates.values()]
}

export type Models = Pick<Parameters<typeof createPipeline>[0], 'bundle' | 'vitalsBundle' | 'ppgBundle'>

/** The models that ship, from the folder beside the sources. */
export async function shippedModels(folder: string): Promise<Models> {
  return {
    bundle: await loadBundle(`${folder}/ecg-beat`, { kind: 'ecg-beat' }),
    vitalsBundle: await loadBundle(`${folder}/vitals`, { kind: 'vitals' }),
    ppgBundle: await loadBundle(`${folder}/ppg-quality`, { kind: 'ppg-window' }),
  }
}

/** A ward of so many wearers, each the like of one of the templates, in the gateway's own pipeline. */
export class Ward {
  readonly pipeline: Pipeline
  readonly counts: Record<string, number> = {}
  readonly #inputs = new Subject<Input>()
  readonly #templates: readonly Template[]
  readonly #devices: string[]
  #now = epoch
  #second = 0

  constructor(wearers: number, templates: readonly Template[], models: Models) {
    this.#templates = templates
    this.#devices = Array.from({ length: wearers }, (_, i) => `d-${i}`)
    this.pipeline = createPipeline({
      ...models,
      gateway: 'bench',
      book: new AssignmentBook(this.#devices.map((device) => ({ device, wearer: `w-${device}` }))),
      limits: { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 },
      keepsNothing: new Set(),
      now: () => this.#now,
    })
    const count = (item: Flow): void => {
      this.counts[item.kind] = (this.counts[item.kind] ?? 0) + 1
    }
    this.#inputs.pipe(this.pipeline.run((committed) => committed)).subscribe(count)
  }

  /** Everything that all devices send in the next so many seconds. */
  run(seconds: number): void {
    for (const end = this.#second + seconds; this.#second < end; this.#second++) {
      for (const [i, device] of this.#devices.entries()) {
        const message = this.#templates[i % this.#templates.length]?.[this.#second]
        if (message === undefined) throw new Error(`second ${this.#second}: expected a message, received none`)
        this.#now = epoch + message.atMicros
        this.#inputs.next({ kind: 'arrival', source: 's', device, receivedAt: this.#now, records: message.records })
      }
      this.#inputs.next({ kind: 'tick', now: this.#now })
    }
  }
}
