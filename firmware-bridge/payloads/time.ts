import type { RecordHeader, TimeRecord } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'
import { expectUnsigned, readUint53, writeUint53 } from '../unsigned.ts'

/** epochMicros u64, uncertaintyMicros u32. */
const length = 12

/** Writes the payload from `at`; returns the index after it. */
export function writeTime(view: DataView, at: number, record: TimeRecord): number {
  expectUnsigned('time.epochMicros', record.epochMicros, Number.MAX_SAFE_INTEGER)
  expectUnsigned('time.uncertaintyMicros', record.uncertaintyMicros, 0xffffffff)
  writeUint53(view, at, record.epochMicros)
  view.setUint32(at + 8, record.uncertaintyMicros, true)
  return at + length
}

/** Reads the payload at `[at, end)`. */
export function readTime(view: DataView, at: number, end: number, header: RecordHeader): TimeRecord | Refusal {
  if (end - at !== length) return refuse('bad-length', `time payload: expected ${length} bytes, received ${end - at}`)
  const epochMicros = readUint53(view, at)
  if (epochMicros === undefined) return refuse('bad-value', 'time.epochMicros: expected at most 2^53-1, received more')
  return { kind: 'time', ...header, epochMicros, uncertaintyMicros: view.getUint32(at + 8, true) }
}
