import { z } from 'zod'
import { checkEvent } from '../payloads/event.ts'
import { lastTickFits, outOfRange } from '../payloads/samples.ts'
import type { DecodeFault, EventRecord, PayloadDecoder, RecordHeader, SamplesRecord, WireRecord } from '../records.ts'
import { deviceEventCodes, maxTick, noReadingCauses } from '../records.ts'
import type { Refusal } from '../refusal.ts'
import { refuse, toFault } from '../refusal.ts'
import type { SignalName } from '../signals.ts'
import { signalNames, signals } from '../signals.ts'

const maxPayloadBytes = 1 << 20
const maxItems = 1000
/** Brackets and braces within each other; a well-formed payload has three. */
const maxNesting = 16
const maxValues = 4096

const header = {
  bootId: z.int().min(0).max(0xffffffff),
  sequence: z.int().min(0).max(0xffffffff),
  /** µs since boot. */
  tick: z.int().min(0).max(maxTick),
}

/** Evenly spaced samples of one signal; `null` stands for one that could not be measured. */
const samples = z.strictObject({
  ...header,
  signal: z.enum(signalNames),
  values: z.array(z.number().nullable()).min(1).max(maxValues),
  rateHz: z.number().min(0.001).max(1e6),
  /** The UCUM unit of the signal, so that a device that thinks in another one is found out. */
  unit: z.string(),
})

const event = z.strictObject({
  ...header,
  event: z.enum(deviceEventCodes),
  value: z.number().optional(),
  signal: z.enum(signalNames).optional(),
  cause: z.enum(noReadingCauses).optional(),
})

/** The documented JSON payload (README, "JSON"). Each item of an array stands for itself: one bad item refuses no other. */
export const decodeJsonPayload: PayloadDecoder = (payload) => {
  const items = itemsOf(payload)
  if ('kind' in items) return [toFault(items, payload)]
  const out: (WireRecord | DecodeFault)[] = []
  for (const [index, item] of items.list.entries()) {
    const refusals: Refusal[] = []
    const record = readItem(item, refusals)
    if (record.kind === 'refusal') refusals.push(record)
    for (const refusal of refusals) out.push(toFault(refusal, items.bytesOf(index)))
    if (record.kind !== 'refusal') out.push(record)
  }
  return out
}

interface Items {
  list: unknown[]
  bytesOf(index: number): Uint8Array
}

function itemsOf(payload: Uint8Array): Items | Refusal {
  if (payload.length > maxPayloadBytes)
    return refuse('too-long', `json: expected at most ${maxPayloadBytes} bytes, received ${payload.length}`)
  const { nesting, starts } = outline(payload)
  // Before parsing: what walks a value (checks, `JSON.stringify`) ends in a stack overflow where it is nested without limit.
  if (nesting > maxNesting)
    return refuse('bad-value', `json: expected brackets at most ${maxNesting} deep, received ${nesting}`)
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (error) {
    return refuse('bad-value', `json: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!Array.isArray(parsed)) return { list: [parsed], bytesOf: () => payload }
  const list: unknown[] = parsed
  if (list.length > maxItems)
    return refuse('too-long', `json: expected at most ${maxItems} items, received ${list.length}`)
  return { list, bytesOf: (index) => payload.subarray(starts[index], (starts[index + 1] ?? payload.length) - 1) }
}

const [quote, backslash, comma, bracket, brace, bracketEnd, braceEnd] = Buffer.from('"\\,[{]}')

/** How deep brackets stand within each other, and where each item of an array begins. Right for every valid JSON. */
function outline(payload: Uint8Array): { nesting: number; starts: number[] } {
  const starts: number[] = []
  let nesting = 0
  let depth = 0
  let inString = false
  for (let at = 0; at < payload.length; at++) {
    const byte = payload[at]
    if (inString) {
      if (byte === backslash) at++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === bracket || byte === brace) {
      nesting = Math.max(nesting, ++depth)
      if (depth === 1) starts.push(at + 1)
    } else if (byte === bracketEnd || byte === braceEnd) depth--
    else if (byte === comma && depth === 1 && starts.length <= maxItems) starts.push(at + 1)
  }
  return { nesting, starts }
}

function readItem(item: unknown, refusals: Refusal[]): WireRecord | Refusal {
  const isEvent = typeof item === 'object' && item !== null && 'event' in item
  return isEvent ? readEvent(item) : readSamples(item, refusals)
}

function readEvent(item: unknown): EventRecord | Refusal {
  const checked = event.safeParse(item)
  if (!checked.success) return refuse('bad-value', problem(checked.error))
  const { event: code, value, signal, cause, ...rest } = checked.data
  const body = {
    code,
    ...(value !== undefined && { value }),
    ...(signal !== undefined && { signal }),
    ...(cause !== undefined && { cause }),
  }
  return checkEvent(body) ?? { kind: 'event', ...rest, ...body }
}

function readSamples(item: unknown, refusals: Refusal[]): SamplesRecord | Refusal {
  const checked = samples.safeParse(item)
  if (!checked.success) {
    const unknown = checked.error.issues.some((issue) => issue.path[0] === 'signal' && issue.code === 'invalid_value')
    return refuse(unknown ? 'unknown-signal' : 'bad-value', problem(checked.error))
  }
  const { values, unit, signal, rateHz, ...rest } = checked.data
  if (unit !== signals[signal].unit)
    return refuse('bad-value', `unit: expected "${signals[signal].unit}" for ${signal}, received "${unit}"`)
  if (!lastTickFits(rest.tick, values.length, rateHz))
    return refuse('bad-value', `tick: expected the last sample at no more than ${maxTick} µs`)
  return samplesRecord(rest, signal, rateHz, values, refusals)
}

function samplesRecord(
  header: RecordHeader,
  signal: SignalName,
  rateHz: number,
  given: (number | null)[],
  refusals: Refusal[],
): SamplesRecord {
  const { min, max } = signals[signal]
  let outside = 0
  const values = Float32Array.from(given, (value) => {
    if (value === null) return NaN
    if (value >= min && value <= max) return value
    outside++
    return NaN
  })
  if (outside > 0) refusals.push(outOfRange(signal, outside, values.length))
  return { kind: 'samples', ...header, signal, rateHz, values }
}

/** The first thing wrong, with its path. */
function problem(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue === undefined ? 'json: refused' : `${issue.path.join('.') || 'json'}: ${issue.message}`
}
