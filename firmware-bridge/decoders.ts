import { decodeFramePayload } from './decoders/frame.ts'
import { decodeJsonPayload } from './decoders/json.ts'
import { FrameParser } from './frameParser.ts'
import type { Decoded, PayloadDecoder, StreamDecoder } from './records.ts'

/** A decoder of a line that can also come to an end, such as a capture in a file. */
export interface LineDecoder extends StreamDecoder {
  /** What is still pending, taken as if it were complete. */
  flush(): Decoded[]
}

/** How to read one kind of device. */
export interface Decoder {
  /** Makes the decoder of one device's messages, which keeps what the format needs from one to the next. */
  messages: () => PayloadDecoder
  /** Bytes of a line (serial), where the format says itself where a record begins. */
  stream?: () => LineDecoder
}

/** Every format that configuration and `decode` can name. A new device is one new file in `decoders/` and one line here. */
export const decoders = {
  frame: { messages: () => decodeFramePayload, stream: () => new FrameParser() },
  json: { messages: () => decodeJsonPayload },
} as const satisfies Record<string, Decoder>

export type DecoderName = keyof typeof decoders
export const decoderNames = Object.keys(decoders) as DecoderName[]
