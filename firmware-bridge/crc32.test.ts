import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32Of } from './crc32.ts'

const bytes = new Uint8Array(1003)
const crcOf = crc32Of(bytes.buffer)

describe('crc32Of', () => {
  it('gives the check value of CRC-32/ISO-HDLC', () => {
    bytes.set(Buffer.from('123456789'))
    expect(crcOf(9)).toBe(0xcbf43926)
  })

  it('agrees with zlib at every length, to the last byte of the buffer', () => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + 1, 2654435761) >>> 24
    for (let length = 0; length <= bytes.length; length++)
      expect(crcOf(length), `${length} bytes`).toBe(crc32(bytes.subarray(0, length)))
  })

  it('agrees with zlib whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500, size: 'max' }), (content) => {
        bytes.set(content)
        expect(crcOf(content.length)).toBe(crc32(content))
      }),
    )
  })
})
