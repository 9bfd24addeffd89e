import { deviceIdPattern } from '../deviceId.ts'
import type { HelloRecord, RecordHeader } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'
import type { SignalName } from '../signals.ts'
import { signals } from '../signals.ts'
import { signalOf } from '../wireCodes.ts'

const detectsContact = 0x01
const maxTextBytes = 64
const controlCharacter = /\p{Cc}/u
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Writes flags u8, device id and firmware (each length u8 and UTF-8), count u8 and wire codes; returns the end. */
export function writeHello(bytes: Uint8Array, at: number, record: HelloRecord): number {
  if (!deviceIdPattern.test(record.deviceId))
    throw new RangeError(`hello.deviceId: expected ${deviceIdPattern.source}, received "${record.deviceId}"`)
  if (controlCharacter.test(record.firmware))
    throw new RangeError('hello.firmware: expected no control characters, received one')
  if (record.signals.length > 0xff)
    throw new RangeError(`hello.signals: expected at most 255, received ${record.signals.length}`)
  bytes[at] = record.detectsContact ? detectsContact : 0
  let end = writeText(bytes, at + 1, record.deviceId, 'hello.deviceId')
  end = writeText(bytes, end, record.firmware, 'hello.firmware')
  bytes[end++] = record.signals.length
  for (const signal of record.signals) bytes[end++] = signals[signal].wireCode
  return end
}

function writeText(bytes: Uint8Array, at: number, text: string, what: string): number {
  const encoded = new TextEncoder().encode(text)
  if (encoded.length > maxTextBytes)
    throw new RangeError(`${what}: expected at most ${maxTextBytes} bytes, received ${encoded.length}`)
  bytes[at] = encoded.length
  bytes.set(encoded, at + 1)
  return at + 1 + encoded.length
}

/** Reads the payload at `[at, end)`. Signals that this version does not know are left out and named in `refused`. */
export function readHello(
  bytes: Uint8Array,
  at: number,
  end: number,
  header: RecordHeader,
  refused: Refusal[],
): HelloRecord | Refusal {
  const flags = at < end ? bytes[at]! : 0
  const idEnd = textEnd(bytes, at + 1, end)
  const firmwareEnd = textEnd(bytes, idEnd, end)
  if (firmwareEnd >= end || firmwareEnd + 1 + bytes[firmwareEnd]! !== end)
    return refuse('bad-length', `hello payload: its lengths do not add up to the ${end - at} bytes received`)
  if ((flags & ~detectsContact) !== 0) return refuse('bad-value', `hello.flags: expected 0 or 1, received ${flags}`)
  const deviceId = text(bytes.subarray(at + 2, idEnd))
  if (deviceId === undefined || !deviceIdPattern.test(deviceId))
    return refuse(
      'bad-value',
      `hello.deviceId: expected ${deviceIdPattern.source}, received ${JSON.stringify(deviceId)}`,
    )
  const firmware = text(bytes.subarray(idEnd + 1, firmwareEnd))
  if (firmware === undefined || controlCharacter.test(firmware) || firmwareEnd - idEnd - 1 > maxTextBytes)
    return refuse(
      'bad-value',
      `hello.firmware: expected at most ${maxTextBytes} bytes of UTF-8 without control characters`,
    )
  const known: SignalName[] = []
  const unknown: number[] = []
  for (const wireCode of bytes.subarray(firmwareEnd + 1, end)) {
    const signal = signalOf(wireCode)
    if (signal === undefined) unknown.push(wireCode)
    else known.push(signal)
  }
  if (unknown.length > 0)
    refused.push(refuse('unknown-signal', `hello.signals: unknown wire codes ${unknown.join(', ')}`))
  return { kind: 'hello', ...header, deviceId, firmware, signals: known, detectsContact: flags === detectsContact }
}

/** Index after the text whose length stands at `at`; beyond `end` where there is no such text. */
const textEnd = (bytes: Uint8Array, at: number, end: number): number => (at < end ? at + 1 + bytes[at]! : end + 1)

function text(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
