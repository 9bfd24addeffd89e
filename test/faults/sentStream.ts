import { decoders } from '../../firmware-bridge/decoders.ts'
import { encodeFrame } from '../../firmware-bridge/frame.ts'
import type { Decoded, WireRecord } from '../../firmware-bridge/records.ts'
import { mergeDevices } from '../../simulators/mergeDevices.ts'
import { deviceRuns } from '../../simulators/scenario/run.ts'
import type { Scenario } from '../../simulators/scenario.ts'
import type { Message } from '../../simulators/wire/messages.ts'

export interface SentStreamOptions {
  seed: number
  /** Time of day at tick 0 of every device, integer µs since the epoch. */
  startEpochMicros: number
  /** What it knows of every message, in the order sent. */
  onSent: (device: string, atMicros: number, records: readonly Decoded[]) => void
}

/**
 * What a scenario's devices send, without end until somebody says so: then each device ends its session, as one that is
 * switched off. What has gone out is known to the record, and to `onSent`.
 */
export class SentStream {
  /** Stream time reached, µs. */
  atMicros = 0
  readonly #scenario: Scenario
  readonly #options: SentStreamOptions
  #ending = false

  constructor(scenario: Scenario, options: SentStreamOptions) {
    this.#scenario = scenario
    this.#options = options
  }

  /** No more but the end of each session. */
  end(): void {
    this.#ending = true
  }

  *messages(): Generator<Message, void, undefined> {
    const { seed, startEpochMicros, onSent } = this.#options
    const runs = deviceRuns(this.#scenario, { seed, startEpochMicros })
    const decode = new Map(runs.map(({ device }) => [device, decoders.frame.messages()]))
    const last = new Map<string, WireRecord>()
    const out = (message: Message): Message => {
      const records = decode.get(message.device)?.(message.bytes) ?? []
      for (const record of records) if ('bootId' in record) last.set(message.device, record)
      this.atMicros = message.atMicros
      onSent(message.device, message.atMicros, records)
      return message
    }
    for (const message of mergeDevices(runs.map(({ messages }) => messages))) {
      if (this.#ending) break
      yield out(message)
    }
    const { atMicros } = this
    for (const [device, { bootId, sequence }] of last) {
      const tick = atMicros
      const end = { kind: 'event', code: 'session-end', tick, bootId, sequence: (sequence + 1) >>> 0 } as const
      yield out({ device, atMicros, bytes: encodeFrame(end), records: 1, samples: 0 })
    }
  }
}
