import { describe, expect, it } from 'vitest'
import { decoders } from './decoders.ts'
import { encodedPayload } from './encodedPayload.ts'

const text = (characters: string): Uint8Array => Buffer.from(characters)
const battery = encodedPayload('hex', decoders['ble-battery'].messages())

describe('a payload in text', () => {
  it('is decoded', () => {
    expect(battery(text('"0x3E"'))).toMatchObject([{ kind: 'event', code: 'battery', value: 62 }])
  })

  it('that is none is a fault with the payload as it came', () => {
    expect(battery(text('3g'))).toMatchObject([{ kind: 'fault', reason: 'bad-value', bytes: text('3g') }])
  })

  it('says what it looks like where bytes were expected', () => {
    const binary = encodedPayload('binary', decoders['ble-heart-rate'].messages())
    const hex = Buffer.from([0x16, 64, 0, 4]).toString('hex')
    expect(binary(text(hex))).toMatchObject([
      { kind: 'fault', detail: expect.stringContaining('reads as hex') as string },
    ])
    // Digits are bytes as well, of a rate that nobody has.
    for (const digits of ['0648', '0048', '0e480000'])
      expect(binary(text(digits)).map(({ kind }) => kind)).toEqual(['fault'])
    expect(binary(Buffer.from(hex, 'hex')).some(({ kind }) => kind === 'fault')).toBe(false)
  })
})
