import { Subject } from 'rxjs'
import type { WireRecord } from '../firmware-bridge/records.ts'
import type { Bundle } from '../models/bundle.ts'
import type { GatewayConfig } from './config.ts'
import type { Flow, Input } from './flow.ts'
import { createPipeline } from './pipeline.ts'
import { AssignmentBook } from './stages/wearers.ts'
import type { StateRow } from './state/keyedState.ts'

export interface OfflineOptions {
  gateway: string
  device: string
  wearer: string
  bundle: Bundle
  vitalsBundle?: Bundle
  ppgBundle?: Bundle
  limits: GatewayConfig['limits']
  /** What was known before, as a gateway keeps it. */
  state?: readonly StateRow[]
}

/**
 * Runs records through the gateway's own pipeline in virtual time, without transport or disk.
 *
 * @returns everything that passes at the end of the pipeline, in order
 */
export async function* detectOffline(
  records: AsyncIterable<WireRecord> | Iterable<WireRecord>,
  { device, wearer, state = [], ...options }: OfflineOptions,
): AsyncGenerator<Flow> {
  let now = 0
  const book = new AssignmentBook([{ device, wearer }])
  const pipeline = createPipeline({ ...options, book, keepsNothing: new Set(), now: () => now })
  pipeline.restore(state)
  const inputs = new Subject<Input>()
  let out: Flow[] = []
  inputs.pipe(pipeline.run((committed) => committed)).subscribe((item) => out.push(item))
  for await (const record of records) {
    now =
      record.kind === 'time'
        ? record.epochMicros
        : (pipeline.knows.timeline.peek(device)?.epochOfTickZero ?? 0) + record.tick
    inputs.next({ kind: 'arrival', source: 'offline', device, receivedAt: now, records: [record] })
    yield* out
    out = []
  }
  // Nothing more will come: whatever waits for more is closed.
  inputs.next({ kind: 'tick', now: Number.MAX_SAFE_INTEGER })
  yield* out.filter((item) => item.kind === 'summary')
}
