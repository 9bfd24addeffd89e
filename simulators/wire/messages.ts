import type { TimedFrame } from '../transport/timedFrame.ts'
import type { Encoding } from './encoding.ts'

/** What is sent at once: encoded records of one device. */
export interface Message {
  device: string
  /** Stream time at which it is due, integer µs since the start of the run. */
  atMicros: number
  bytes: Uint8Array
  records: number
  /** Values of a signal in it. */
  samples: number
}

/**
 * Frames of a device that are due at the same moment become one message: what a device measures in a second ends with that
 * second. Depends on stream time alone, so the messages are the same at any speed.
 */
export class MessageMaker {
  readonly #encoding: Encoding
  #parts: Uint8Array[] = []
  #device = ''
  #atMicros = 0
  #samples = 0
  #bytes = 0

  constructor(encoding: Encoding) {
    this.#encoding = encoding
  }

  /** Takes the next frame; gives the message before it, if that is complete. */
  push(device: string, { atMicros, bytes, samples }: TimedFrame): Message | undefined {
    const { maxRecords, maxBytes } = this.#encoding
    const full = this.#parts.length >= maxRecords || this.#bytes + bytes.length > maxBytes
    const done = atMicros !== this.#atMicros || device !== this.#device || full ? this.flush() : undefined
    this.#device = device
    this.#atMicros = atMicros
    this.#parts.push(bytes)
    this.#samples += samples
    this.#bytes += bytes.length
    return done
  }

  /** What is pending, taken as complete. */
  flush(): Message | undefined {
    const parts = this.#parts
    if (parts.length === 0) return undefined
    const samples = this.#samples
    this.#parts = []
    this.#samples = this.#bytes = 0
    const bytes = this.#encoding.join(parts)
    return { device: this.#device, atMicros: this.#atMicros, bytes, records: parts.length, samples }
  }
}

/** The messages of one device. */
export function* inMessages(
  device: string,
  frames: Iterable<TimedFrame>,
  encoding: Encoding,
): Generator<Message, void, undefined> {
  const maker = new MessageMaker(encoding)
  for (const frame of frames) {
    const message = maker.push(device, frame)
    if (message) yield message
  }
  const last = maker.flush()
  if (last) yield last
}
