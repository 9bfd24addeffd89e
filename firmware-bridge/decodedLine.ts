import type { Decoded } from './records.ts'
import { signals } from './signals.ts'

/** What `decode --json` prints for one record: programs may rely on it. */
export interface DecodedLine {
  kind: 'samples' | 'value' | 'event' | 'error'
  [field: string]: unknown
}

/**
 * A record as a line: samples of one value are a `value`, of more `samples` (with `null` where missing); `hello` and
 * `time` are events by that code; faults are errors with a reason and the bytes in hex. Readings have no boot id and sequence.
 */
export function decodedLine(record: Decoded): DecodedLine {
  switch (record.kind) {
    case 'fault':
      return { kind: 'error', reason: record.reason, detail: record.detail, bytes: toHex(record.bytes) }
    case 'samples': {
      const { kind, values: given, signal, rateHz, ...header } = record
      const values = Array.from(given, (value) => (Number.isNaN(value) ? null : shortest(value)))
      const common = { signal, unit: signals[signal].unit, ...header, rateHz }
      return values.length === 1 ? { kind: 'value', ...common, value: values[0] } : { kind, ...common, values }
    }
    case 'event': {
      const { kind, code, value, ...header } = record
      return { kind, code, ...header, ...(value !== undefined && { value: shortest(value) }) }
    }
    case 'hello':
    case 'time': {
      const { kind, ...rest } = record
      return { kind: 'event', code: kind, ...rest }
    }
  }
}

/** The shortest decimal that is the same 32-bit float: 36.6 rather than 36.599998474121094. */
function shortest(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === Math.fround(value)) return candidate
  }
  return value
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
