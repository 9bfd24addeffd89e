import type { Refusal } from '../refusal.ts'
import { refuse } from '../refusal.ts'

const maxPayloadBytes = 1 << 20
export const maxItems = 1000
/** Brackets and braces within each other; a well-formed payload has three. */
const maxNesting = 16

/** The items of a JSON payload, and the bytes of each as they came. */
export interface Items {
  list: unknown[]
  bytesOf(index: number): Uint8Array
}

/** The object, or the objects of the array, in a payload; a refusal where it is no JSON, too large or nested too deep. */
export function itemsOf(payload: Uint8Array): Items | Refusal {
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
