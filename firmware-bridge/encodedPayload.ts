import type { PayloadDecoder } from './records.ts'
import { toFault } from './refusal.ts'
import type { PayloadEncoding } from './textEncodings.ts'
import { decodeText, textHint } from './textEncodings.ts'

/**
 * A decoder of messages whose bytes were put into text. What cannot be read as that is a fault; where bytes were expected
 * and text came, the fault says what it looks like.
 */
export function encodedPayload(encoding: PayloadEncoding, decode: PayloadDecoder): PayloadDecoder {
  return (payload) => {
    const bytes = decodeText(encoding, payload)
    if (!(bytes instanceof Uint8Array)) return [toFault(bytes, payload)]
    const decoded = decode(bytes)
    if (encoding !== 'binary' || !decoded.every(({ kind }) => kind === 'fault')) return decoded
    const hint = textHint(payload)
    if (hint === undefined) return decoded
    return decoded.map((said) => (said.kind === 'fault' ? { ...said, detail: `${said.detail}; ${hint}` } : said))
  }
}
