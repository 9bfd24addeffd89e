import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'

/** How a gateway puts bytes into a message: as they are, or as text. Always configured, never guessed. */
export const payloadEncodings = ['binary', 'hex', 'base64'] as const
export type PayloadEncoding = (typeof payloadEncodings)[number]

const maxTextBytes = 1 << 20

/**
 * The bytes that a message carries. White space around a text and the quotes of a JSON string are taken off.
 * - `hex`: pairs of digits in either case, alone or apart by spaces, `:` or `-`; each group may begin with `0x`
 * - `base64`: the standard or the URL-safe alphabet (RFC 4648, sections 4 and 5), padded or not
 *
 * `binary` is the payload itself, not a copy. What does not read as its encoding is refused as `bad-value`, a text above
 * 1 MiB as `too-long`.
 */
export function decodeText(encoding: PayloadEncoding, payload: Uint8Array): Uint8Array | Refusal {
  if (encoding === 'binary') return payload
  if (payload.length > maxTextBytes)
    return refuse('too-long', `${encoding}: expected at most ${maxTextBytes} characters, received ${payload.length}`)
  const text = unquoted(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1').trim())
  return encoding === 'hex' ? fromHex(text) : fromBase64(text)
}

/**
 * Says which encoding a payload looks like that was taken as binary but is all printable text, for a person who wonders why
 * it does not decode; undefined where it looks like none. Hexadecimal text is base64 as well: hex is named.
 */
export function textHint(payload: Uint8Array): string | undefined {
  if (payload.length < 2 || payload.length > maxTextBytes || !payload.every(isPrintable)) return undefined
  for (const encoding of ['hex', 'base64'] as const) {
    const bytes = decodeText(encoding, payload)
    if (bytes instanceof Uint8Array && bytes.length > 0)
      return `the payload is text that reads as ${encoding}: is its encoding ${encoding} and not binary?`
  }
  return undefined
}

/** Printable ASCII, tabs and line ends. */
const isPrintable = (byte: number): boolean => (byte >= 0x20 && byte <= 0x7e) || (byte >= 9 && byte <= 13)

/** The text of a JSON string, with its escapes; any other text as it is. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'string' ? parsed.trim() : text
  } catch {
    return text
  }
}

function fromHex(text: string): Uint8Array | Refusal {
  const wrong = /[^0-9a-f\s:x-]/i.exec(text)
  if (wrong !== null) return notHex(`${JSON.stringify(wrong[0])} at character ${wrong.index + 1}`)
  const groups = text === '' ? [] : text.split(/\s+|[:-]/).map((group) => group.replace(/^0x/i, ''))
  const odd = groups.find((group) => !/^([0-9a-f]{2})+$/i.test(group))
  if (odd !== undefined) return notHex(JSON.stringify(odd.slice(0, 20)))
  return new Uint8Array(Buffer.from(groups.join(''), 'hex'))
}

const notHex = (received: string): Refusal =>
  refuse(
    'bad-value',
    `hex: expected pairs of hexadecimal digits, apart by spaces, ":" or "-" if at all, received ${received}`,
  )

function fromBase64(text: string): Uint8Array | Refusal {
  const wrong = /[^A-Za-z0-9+/_=-]/.exec(text)
  if (wrong !== null) return notBase64(`${JSON.stringify(wrong[0])} at character ${wrong.index + 1}`)
  if (/[+/]/.test(text) && /[_-]/.test(text)) return notBase64('characters of both alphabets')
  const digits = text.replace(/={1,2}$/, '')
  if (digits.includes('=')) return notBase64(`"=" at character ${digits.indexOf('=') + 1}`)
  const isPadded = digits.length < text.length
  if (digits.length % 4 === 1 || (isPadded && text.length % 4 !== 0)) return notBase64(`${text.length} characters`)
  const bytes = Buffer.from(digits, 'base64url')
  // Bits beyond the last byte are 0 unless something was cut off or changed (RFC 4648, 3.5).
  const again = bytes.toString('base64url')
  return again === digits.replaceAll('+', '-').replaceAll('/', '_')
    ? new Uint8Array(bytes)
    : notBase64(`${JSON.stringify(digits.slice(-4))} at the end, whose last bits are not 0`)
}

const notBase64 = (received: string): Refusal =>
  refuse('bad-value', `base64: expected whole groups of the standard or URL-safe alphabet, received ${received}`)
