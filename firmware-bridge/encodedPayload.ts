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
    if (encoding !== 'binary') return decoded
    const faults = decoded.filter((said) => said.kind === 'fault')
    const hint = faults.length === 0 ? undefined : textHint(payload)
    if (hint === undefined) return decoded
    // What else was read of a text as if it were bytes is no measurement.
    return faults.map((fault) => ({ ...fault, detail: `${fault.detail}; ${hint}` }))
  }
}
