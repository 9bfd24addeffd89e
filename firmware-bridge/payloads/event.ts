import type { EventRecord, RecordHeader } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'
import { signals } from '../signals.ts'
import { causeOf, causeWireCodes, eventOf, eventWireCodes, signalOf } from '../wireCodes.ts'

const hasValue = 0x01
const hasCause = 0x02

/** What an event carries beside its code. */
type EventBody = Pick<EventRecord, 'code' | 'value' | 'signal' | 'cause'>

/** Writes code u8, flags u8 and, where they are there, value f32, or signal u8 and cause u8; returns the index after it. */
export function writeEvent(view: DataView, at: number, record: EventRecord): number {
  const wrong = checkEvent(record)
  if (wrong !== undefined) throw new RangeError(wrong.detail)
  const { code, value, signal, cause } = record
  view.setUint8(at, eventWireCodes[code])
  if (value !== undefined) {
    view.setUint8(at + 1, hasValue)
    view.setFloat32(at + 2, value, true)
    return at + 6
  }
  if (signal !== undefined && cause !== undefined) {
    view.setUint8(at + 1, hasCause)
    view.setUint8(at + 2, signals[signal].wireCode)
    view.setUint8(at + 3, causeWireCodes[cause])
    return at + 4
  }
  view.setUint8(at + 1, 0)
  return at + 2
}

/** Reads the payload at `[at, end)`. */
export function readEvent(view: DataView, at: number, end: number, header: RecordHeader): EventRecord | Refusal {
  if (end - at < 2) return refuse('bad-length', `event payload: expected at least 2 bytes, received ${end - at}`)
  const wireCode = view.getUint8(at)
  const flags = view.getUint8(at + 1)
  if (flags > hasCause) return refuse('bad-value', `event.flags: expected 0, 1 or 2, received ${flags}`)
  const length = flags === hasValue ? 6 : flags === hasCause ? 4 : 2
  if (end - at !== length) return refuse('bad-length', `event payload: expected ${length} bytes, received ${end - at}`)
  const code = eventOf(wireCode)
  if (code === undefined) return refuse('unknown-record', `event.code: expected 1 to 9, received ${wireCode}`)
  const body: EventBody = { code }
  if (flags === hasValue) body.value = view.getFloat32(at + 2, true)
  if (flags === hasCause) {
    const [signalCode, causeCode] = [view.getUint8(at + 2), view.getUint8(at + 3)]
    const signal = signalOf(signalCode)
    if (signal === undefined)
      return refuse('unknown-signal', `event.signal: expected a signal's number, received ${signalCode}`)
    const cause = causeOf(causeCode)
    if (cause === undefined) return refuse('bad-value', `event.cause: expected 1 to 9, received ${causeCode}`)
    Object.assign(body, { signal, cause })
  }
  return checkEvent(body) ?? { kind: 'event', ...header, ...body }
}

/**
 * Battery comes with percent, a fault may come with the vendor's code, no-reading with signal and cause; the other events
 * stand for themselves.
 */
export function checkEvent({ code, value, signal, cause }: EventBody): Refusal | undefined {
  if (
    (code === 'no-reading') !== (signal !== undefined && cause !== undefined) ||
    (signal === undefined) !== (cause === undefined)
  )
    return refuse(
      'bad-value',
      `event: expected signal and cause for no-reading and for no other, received ${code} with ${signal ?? 'no signal'} and ${cause ?? 'no cause'}`,
    )
  if (value === undefined)
    return code === 'battery'
      ? refuse('bad-value', 'event.value: expected percent for battery, received none')
      : undefined
  if (code !== 'battery' && code !== 'fault')
    return refuse('bad-value', `event.value: expected none for ${code}, received ${value}`)
  if (!Number.isFinite(value)) return refuse('bad-value', `event.value: expected a finite number, received ${value}`)
  if (code === 'battery' && (value < 0 || value > 100))
    return refuse('out-of-range', `event.value: expected 0 to 100 percent for battery, received ${value}`)
  return undefined
}
