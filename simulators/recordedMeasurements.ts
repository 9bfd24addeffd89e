import { samplesThatAlwaysFit } from '../firmware-bridge/frameLimits.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import type { Channel, ChannelBlock, Recording, SingleValue } from './recordings/recording.ts'
import { microsPerSecond } from './timedRecord.ts'

/** Samples of one record, in the unit of their channel. */
export interface Measured {
  channel: number
  tick: number
  rateHz: number
  values: Float32Array
  /** When all of it exists. */
  atMicros: number
  /** Until when it lasts. */
  endMicros: number
}

export interface MeasurementOptions {
  /** Length of a block of samples; 1 by default, less at rates of which a second does not fit into a frame. */
  blockSeconds?: number
  /** Leave out what begins or is measured later than this. */
  limitSeconds?: number
}

/**
 * What is measured in each step of a recording, in order of the time at which it exists; `tick` is where the step begins.
 * A block is cut so that each part fits into a frame. A single value lasts a second, an interval between beats as long as
 * itself.
 */
export async function* measurements(
  recording: Recording,
  channels: ReadonlyMap<number, SignalName>,
  options: MeasurementOptions,
): AsyncGenerator<{ tick: number; measured: Measured[] }, void, undefined> {
  const limit = (options.limitSeconds ?? Infinity) * microsPerSecond
  const rates = [...channels.keys()].map((channel) => recording.channels[channel]?.rateHz ?? 0)
  const seconds = Math.min(options.blockSeconds ?? 1, samplesThatAlwaysFit / Math.max(...rates))
  const values = new Ahead(recording.values?.())
  const singlesUntil = async (micros: number): Promise<Measured[]> => {
    const found: Measured[] = []
    for (let next = await values.peek(); next && next.atMicros <= Math.min(micros, limit); next = await values.peek()) {
      const signal = channels.get(next.channel)
      if (signal !== undefined) found.push(singleValue(next, signal))
      values.drop()
    }
    return found
  }
  try {
    for await (const blocks of recording.blocks(seconds)) {
      const measured = blocks
        .filter(({ channel, values }) => channels.has(channel) && values.length > 0)
        .flatMap((block) => blockParts(block, recording.channels[block.channel]))
      if (measured.length === 0) continue
      // At some rates a step is not quite `seconds`: its place comes from the samples, not from a count of steps.
      const tick = Math.min(...measured.map((part) => part.tick))
      if (tick >= limit) break
      const complete = Math.max(...measured.map(({ atMicros }) => atMicros))
      for (const part of measured) part.atMicros = complete
      const singles = await singlesUntil(complete)
      yield { tick: Math.min(tick, ...singles.map((single) => single.tick)), measured: [...singles, ...measured] }
    }
    for (let next = await values.peek(); next && next.atMicros <= limit; next = await values.peek()) {
      const [first, ...others] = await singlesUntil(next.atMicros)
      if (first) yield { tick: first.tick, measured: [first, ...others] }
    }
  } finally {
    await values.close()
  }
}

function blockParts({ channel, startSample, values }: ChannelBlock, about: Channel | undefined): Measured[] {
  const { rateHz = 1, startSeconds = 0 } = about ?? {}
  const micros = (sample: number) => Math.round((startSeconds + sample / rateHz) * microsPerSecond)
  const parts: Measured[] = []
  for (let from = 0; from < values.length; from += samplesThatAlwaysFit) {
    const part = values.subarray(from, from + samplesThatAlwaysFit)
    const first = startSample + from
    const [atMicros, endMicros] = [micros(first + part.length - 1), micros(first + part.length)]
    parts.push({ channel, tick: micros(first), rateHz, values: part, atMicros, endMicros })
  }
  return parts
}

function singleValue({ channel, atMicros, value }: SingleValue, signal: SignalName): Measured {
  const values = Float32Array.of(value)
  if (signal !== 'rrInterval')
    return { channel, tick: atMicros, rateHz: 1, values, atMicros, endMicros: atMicros + microsPerSecond }
  // The beat that ends the interval is the moment at which it is known.
  const tick = Math.max(0, Math.round(atMicros - value * 1000))
  return { channel, tick, rateHz: 1000 / value, values, atMicros, endMicros: atMicros }
}

/** Single values, one of them looked at before it is taken. */
class Ahead {
  readonly #values: AsyncIterator<SingleValue> | undefined
  #next: SingleValue | undefined
  #taken = true

  constructor(values: AsyncIterable<SingleValue> | undefined) {
    this.#values = values?.[Symbol.asyncIterator]()
  }

  async peek(): Promise<SingleValue | undefined> {
    if (this.#taken && this.#values) {
      const next = await this.#values.next()
      this.#next = next.done === true ? undefined : next.value
    }
    this.#taken = false
    return this.#next
  }

  drop(): void {
    this.#taken = true
  }

  async close(): Promise<void> {
    await this.#values?.return?.()
  }
}
