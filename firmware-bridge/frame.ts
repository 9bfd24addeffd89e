import { openEnvelope, readHeader, sealEnvelope, workspace, writeHeader } from './envelope.ts'
import { headerBytes } from './frameLimits.ts'
import { readEvent, writeEvent } from './payloads/event.ts'
import { readHello, writeHello } from './payloads/hello.ts'
import { readSamples, writeSamples } from './payloads/samples.ts'
import { readTime, writeTime } from './payloads/time.ts'
import type { Quantisation } from './quantisation.ts'
import type { DecodeFault, RecordHeader, WireRecord } from './records.ts'
import type { Refusal } from './refusal.ts'
import { refuse, toFault } from './refusal.ts'
import { ValueRoom } from './valueRoom.ts'
import { recordTypes } from './wireCodes.ts'

/**
 * One record as a frame on the wire: stuffed, with the 0x00 at its end. `quantisation` is for samples; without one the
 * default of the signal is taken. Throws a RangeError where the wire cannot carry the record.
 */
export function encodeFrame(record: WireRecord, quantisation?: Quantisation): Uint8Array {
  writeHeader(recordTypes[record.kind], record)
  return sealEnvelope(writePayload(record, quantisation))
}

function writePayload(record: WireRecord, quantisation: Quantisation | undefined): number {
  const { bytes, view } = workspace
  switch (record.kind) {
    case 'hello':
      return writeHello(bytes, headerBytes, record)
    case 'samples':
      return writeSamples(bytes, view, headerBytes, record, quantisation)
    case 'event':
      return writeEvent(view, headerBytes, record)
    case 'time':
      return writeTime(view, headerBytes, record)
  }
}

/**
 * The record in one frame (without its delimiter). Where a part of the record is refused (a value outside its range, an
 * unknown signal in a hello), the rest is returned and a fault is added to `refused`. Never throws.
 */
export function decodeFrame(encoded: Uint8Array, refused: DecodeFault[] = []): WireRecord | DecodeFault {
  const length = openEnvelope(encoded, 0, encoded.length)
  if (typeof length !== 'number') return toFault(length, encoded)
  const { record, refusals } = readContent(length)
  for (const refusal of refusals) refused.push(toFault(refusal, encoded))
  return record.kind === 'refusal' ? toFault(record, encoded) : record
}

/** What stands in a frame whose CRC is right. */
export interface Content {
  record: WireRecord | Refusal
  /** Parts of the record that were left out. */
  refusals: Refusal[]
  /** Absent where the version is unknown. */
  header?: RecordHeader
}

/** Reads the `length` bytes of header and payload that `openEnvelope` has left in the workspace. */
export function readContent(length: number, room = new ValueRoom(0)): Content {
  const header = readHeader()
  if ('kind' in header) return { record: header, refusals: [] }
  const refusals: Refusal[] = []
  return { record: readPayload(length, header, refusals, room), refusals, header }
}

function readPayload(end: number, header: RecordHeader, refusals: Refusal[], room: ValueRoom): WireRecord | Refusal {
  const { bytes, view } = workspace
  const type = view.getUint8(1)
  switch (type) {
    case recordTypes.hello:
      return readHello(bytes, headerBytes, end, header, refusals)
    case recordTypes.samples:
      return readSamples(view, headerBytes, end, header, refusals, room)
    case recordTypes.event:
      return readEvent(view, headerBytes, end, header)
    case recordTypes.time:
      return readTime(view, headerBytes, end, header)
    default:
      return refuse('unknown-record', `frame.type: expected 1 to 4, received ${type}`)
  }
}
