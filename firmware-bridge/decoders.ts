import { bleBattery } from './decoders/bluetooth/battery.ts'
import { bleHeartRate } from './decoders/bluetooth/heartRate.ts'
import { blePlxContinuous } from './decoders/bluetooth/plxContinuous.ts'
import { blePlxSpotCheck } from './decoders/bluetooth/plxSpotCheck.ts'
import { bleThermometer } from './decoders/bluetooth/thermometer.ts'
import { ContecCms50Parser } from './decoders/contecCms50.ts'
import { decodeFramePayload } from './decoders/frame.ts'
import { decodeJsonPayload } from './decoders/json.ts'
import { Nonin2Parser } from './decoders/nonin2.ts'
import { polarPmd } from './decoders/polar/polarPmd.ts'
import { FrameParser } from './frameParser.ts'
import type { Decoded, PayloadDecoder, StreamDecoder } from './records.ts'
import { wholeMessages } from './wholeMessages.ts'

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
  /** What it reads says nothing of when it was measured: what was kept somewhere must not come as new. */
  timeless?: true
}

/** Every format that configuration and `decode` can name. A new device is one new file in `decoders/` and one line here. */
export const decoders = {
  frame: { messages: () => decodeFramePayload, stream: () => new FrameParser() },
  json: { messages: () => decodeJsonPayload },
  'ble-heart-rate': { messages: bleHeartRate, timeless: true },
  'ble-plx-continuous': { messages: blePlxContinuous, timeless: true },
  'ble-plx-spot-check': { messages: blePlxSpotCheck, timeless: true },
  'ble-thermometer': { messages: bleThermometer, timeless: true },
  'ble-battery': { messages: bleBattery, timeless: true },
  'polar-pmd': { messages: polarPmd },
  'nonin-2': { messages: wholeMessages(() => new Nonin2Parser()), stream: () => new Nonin2Parser(), timeless: true },
  'contec-cms50': {
    messages: wholeMessages(() => new ContecCms50Parser()),
    stream: () => new ContecCms50Parser(),
    timeless: true,
  },
} as const satisfies Record<string, Decoder>

export type DecoderName = keyof typeof decoders
export const decoderNames = Object.keys(decoders) as DecoderName[]
