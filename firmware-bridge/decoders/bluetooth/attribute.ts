import type { Decoded, PayloadDecoder, Reading } from '../../records.ts'
import type { Refusal } from '../../refusal.ts'
import { refuse, toFault } from '../../refusal.ts'

/** The longest attribute value there is: Bluetooth Core Specification 5.4, volume 3, part F, 3.2.9. */
export const maxAttributeBytes = 512

/** Reads one characteristic value. What it refuses becomes a fault beside what it reads. */
export type AttributeReader = (view: DataView) => (Reading | Refusal)[]

/**
 * The decoder of a characteristic, one message a value: `read` sees 1 to 512 bytes, and every refusal becomes a fault with
 * the bytes of the message.
 */
export function attributeDecoder(name: string, read: AttributeReader): PayloadDecoder {
  return (payload): Decoded[] => {
    const { length } = payload
    if (length > maxAttributeBytes)
      return [
        toFault(
          refuse('too-long', `${name}: expected at most ${maxAttributeBytes} bytes, received ${length}`),
          payload,
        ),
      ]
    if (length === 0) return [toFault(refuse('bad-length', `${name}: expected at least 1 byte, received 0`), payload)]
    const view = new DataView(payload.buffer, payload.byteOffset, length)
    return read(view).map((item) => (item.kind === 'refusal' ? toFault(item, payload) : item))
  }
}

/** A refusal unless the value is as long as its flags say. */
export function wrongLength(name: string, view: DataView, expected: number): Refusal | undefined {
  const { byteLength } = view
  if (byteLength === expected) return undefined
  return refuse('bad-length', `${name}: expected ${expected} bytes for ${flagsOf(view)}, received ${byteLength}`)
}

/** The flags of a value, for people. */
export const flagsOf = (view: DataView): string => `flags 0x${view.getUint8(0).toString(16).padStart(2, '0')}`
