import type { DeviceEventCode, EventRecord, RecordHeader } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'
import { eventOf, eventWireCodes } from '../wireCodes.ts'

const hasValue = 0x01

/** Writes code u8, flags u8 and, where there is one, value f32; returns the index after it. */
export function writeEvent(view: DataView, at: number, record: EventRecord): number {
  const wrong = checkEventValue(record.code, record.value)
  if (wrong !== undefined) throw new RangeError(wrong.detail)
  view.setUint8(at, eventWireCodes[record.code])
  view.setUint8(at + 1, record.value === undefined ? 0 : hasValue)
  if (record.value === undefined) return at + 2
  view.setFloat32(at + 2, record.value, true)
  return at + 6
}

/** Reads the payload at `[at, end)`. */
export function readEvent(view: DataView, at: number, end: number, header: RecordHeader): EventRecord | Refusal {
  if (end - at < 2) return refuse('bad-length', `event payload: expected at least 2 bytes, received ${end - at}`)
  const wireCode = view.getUint8(at)
  const flags = view.getUint8(at + 1)
  if ((flags & ~hasValue) !== 0) return refuse('bad-value', `event.flags: expected 0 or 1, received ${flags}`)
  const length = flags === hasValue ? 6 : 2
  if (end - at !== length) return refuse('bad-length', `event payload: expected ${length} bytes, received ${end - at}`)
  const code = eventOf(wireCode)
  if (code === undefined) return refuse('unknown-record', `event.code: expected 1 to 8, received ${wireCode}`)
  const value = flags === hasValue ? view.getFloat32(at + 2, true) : undefined
  return checkEventValue(code, value) ?? { kind: 'event', ...header, code, ...(value !== undefined && { value }) }
}

/** Battery comes with percent, a fault may come with the vendor's code, the other events stand for themselves. */
export function checkEventValue(code: DeviceEventCode, value: number | undefined): Refusal | undefined {
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
