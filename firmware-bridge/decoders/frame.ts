import { FrameParser } from '../frameParser.ts'
import type { PayloadDecoder } from '../records.ts'

// Shared by all payloads: `flush` leaves nothing behind, and its counts are not looked at.
const parser = new FrameParser()

/** An MQTT payload of one or more frames; the last delimiter may be left out, because the payload ends there. */
export const decodeFramePayload: PayloadDecoder = (payload) => [...parser.push(payload), ...parser.flush()]
