import type { z } from 'zod'
import { checkEvent } from '../payloads/event.ts'
import { lastTickFits, outOfRange } from '../payloads/samples.ts'
import type { Decoded, PayloadDecoder, Reading, RecordHeader, WireRecord } from '../records.ts'
import { maxTick } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse, toFault } from '../refusal.ts'
import type { SignalName } from '../signals.ts'
import { signalNames, signals } from '../signals.ts'
import { toTableUnit, unitsOf } from '../units.ts'
import { itemsOf } from './jsonItems.ts'
import { itemSchemas } from './jsonSchema.ts'

/** The documented JSON payload (README, "JSON"). Each item of an array stands for itself: one bad item refuses no other. */
export const decodeJsonPayload: PayloadDecoder = (payload) => {
  const items = itemsOf(payload)
  if ('kind' in items) return [toFault(items, payload)]
  const out: Decoded[] = []
  for (const [index, item] of items.list.entries()) {
    const refusals: Refusal[] = []
    const record = readItem(item, refusals)
    if (record.kind === 'refusal') refusals.push(record)
    for (const refusal of refusals) out.push(toFault(refusal, items.bytesOf(index)))
    if (record.kind !== 'refusal') out.push(record)
  }
  return out
}

type Fields = Record<string, unknown>

function readItem(item: unknown, refusals: Refusal[]): WireRecord | Reading | Refusal {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return refuse('bad-value', `json: expected an object, received ${JSON.stringify(item)}`)
  const fields = item as Fields
  const numbering = numberingOf(fields)
  if (typeof numbering !== 'string') return numbering
  return 'event' in fields ? readEvent(fields, numbering) : readSamples(fields, numbering, refusals)
}

/** Whether the device counts what it sends: boot id, sequence and tick say it together, and half of it is a mistake. */
function numberingOf(fields: Fields): 'numbered' | 'unnumbered' | Refusal {
  const given = ['bootId', 'sequence', 'tick'].filter((name) => name in fields)
  if (given.length === 3) return 'numbered'
  if (given.length === 0 || (given.length === 1 && given[0] === 'tick')) return 'unnumbered'
  const missing = ['bootId', 'sequence', 'tick'].filter((name) => !(name in fields))
  const expected = 'bootId, sequence and tick together, or neither bootId nor sequence'
  return refuse('bad-value', `${missing.join(', ')}: expected ${expected}, received only ${given.join(' and ')}`)
}

/** The identity of a record, or the tick of a reading. */
type Header = RecordHeader | Pick<Reading, 'tick'>

function headerOf({ bootId, sequence, tick }: { [name in keyof RecordHeader]?: number | undefined }): Header {
  if (tick === undefined) return {}
  return bootId === undefined || sequence === undefined ? { tick } : { sequence, bootId, tick }
}

function readEvent(fields: Fields, numbering: 'numbered' | 'unnumbered'): WireRecord | Reading | Refusal {
  const checked = itemSchemas.event[numbering].safeParse(fields)
  if (!checked.success) return refuse('bad-value', problem(checked.error))
  const { event: code, value, signal, cause } = checked.data
  const body = {
    code,
    ...(value !== undefined && { value }),
    ...(signal !== undefined && { signal }),
    ...(cause !== undefined && { cause }),
  }
  return checkEvent(body) ?? { kind: 'event', ...headerOf(checked.data), ...body }
}

function readSamples(
  fields: Fields,
  numbering: 'numbered' | 'unnumbered',
  refusals: Refusal[],
): WireRecord | Reading | Refusal {
  const signal = signalNames.find((name) => name === fields['signal'])
  if (signal === undefined) {
    const received = 'signal' in fields ? JSON.stringify(fields['signal']) : 'none'
    return refuse('unknown-signal', `signal: expected a name, received ${received}; known: ${signalNames.join(', ')}`)
  }
  // A device that thinks in another unit is found out here, and not by its values.
  const convert = typeof fields['unit'] === 'string' ? toTableUnit(signal, fields['unit']) : undefined
  if (convert === undefined) {
    const expected = unitsOf(signal).map((unit) => JSON.stringify(unit))
    const received = 'unit' in fields ? JSON.stringify(fields['unit']) : 'none'
    return refuse('bad-value', `unit: expected ${expected.join(' or ')} for ${signal}, received ${received}`)
  }
  const form = 'values' in fields ? itemSchemas.samples : itemSchemas.single
  const checked = form[numbering].safeParse(fields)
  if (!checked.success) return refuse('bad-value', problem(checked.error))
  const { data } = checked
  const values = valuesOf(signal, 'values' in data ? data.values : [data.value], convert, refusals)
  const rateHz = data.rateHz ?? defaultRateHz(signal, values)
  if (data.tick !== undefined && !lastTickFits(data.tick, values.length, rateHz))
    return refuse('bad-value', `tick: expected the last sample at no more than ${maxTick} µs`)
  return { kind: 'samples', ...headerOf(data), signal, rateHz, values }
}

/** The values in the unit of the signal table; NaN for those that are missing or that cannot be true. */
function valuesOf(
  signal: SignalName,
  given: (number | 'NaN' | null)[],
  convert: (value: number) => number,
  refusals: Refusal[],
): Float32Array {
  const { min, max } = signals[signal]
  let outside = 0
  const values = Float32Array.from(given, (entry) => {
    if (typeof entry !== 'number') return NaN
    // Rounded first, as in the frame: a limit in another unit (318.15 K) is still the limit.
    const value = Math.fround(convert(entry))
    if (value >= min && value <= max) return value
    outside++
    return NaN
  })
  if (outside > 0) refusals.push(outOfRange(signal, outside, values.length))
  return values
}

/** Of a single value without a rate: an interval between beats lasts as long as itself, any other a second. */
function defaultRateHz(signal: SignalName, values: Float32Array): number {
  const [value = NaN] = values
  return signal === 'rrInterval' && !Number.isNaN(value) ? 1000 / value : 1
}

/** The first thing wrong, with its path. */
function problem(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue === undefined ? 'json: refused' : `${issue.path.join('.') || 'json'}: ${issue.message}`
}
