import type { SendOptions, Sent } from './sendMessages.ts'
import { sendMessages } from './sendMessages.ts'
import type { TimedRecord } from './timedRecord.ts'
import { encodings } from './wire/encoding.ts'
import type { EncodingName } from './wire/encoding.ts'
import type { Message } from './wire/messages.ts'
import { MessageMaker } from './wire/messages.ts'
import type { Wire } from './wire/wire.ts'

export type { SendOptions, Sent } from './sendMessages.ts'

/** A record of one of several devices. */
export interface DeviceRecord extends TimedRecord {
  device: string
}

/** Encodes records and sends each when its time has come, those of the same moment together; does not close the wire. */
export function sendRecords(
  records: Iterable<DeviceRecord> | AsyncIterable<DeviceRecord>,
  wire: Wire,
  options: SendOptions,
): Promise<Sent> {
  return sendMessages(messagesOf(records, options.as ?? 'frame'), wire, options)
}

async function* messagesOf(
  records: Iterable<DeviceRecord> | AsyncIterable<DeviceRecord>,
  as: EncodingName,
): AsyncGenerator<Message, void, undefined> {
  const encoding = encodings[as]
  const maker = new MessageMaker(encoding)
  const encoders = new Map<string, ReturnType<(typeof encoding)['encoder']>>()
  for await (const { device, atMicros, record } of records) {
    let encode = encoders.get(device)
    if (!encode) encoders.set(device, (encode = encoding.encoder()))
    const bytes = encode(record)
    if (!bytes) continue
    const message = maker.push(device, {
      atMicros,
      bytes,
      samples: record.kind === 'samples' ? record.values.length : 0,
    })
    if (message) yield message
  }
  const last = maker.flush()
  if (last) yield last
}
