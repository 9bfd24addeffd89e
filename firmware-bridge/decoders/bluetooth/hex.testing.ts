/** The bytes of hexadecimal text, for tests. */
export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/[\s-]/g, ''), 'hex'))
