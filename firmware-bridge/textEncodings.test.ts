import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText, payloadEncodings, textHint } from './textEncodings.ts'

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))
const decode = (encoding: 'hex' | 'base64', text: string) => decodeText(encoding, ascii(text))
const bytes = Uint8Array.of(0x16, 0x4e, 0x1b, 0x03)

describe('the encodings of a payload', () => {
  it('binary is the payload itself', () => {
    expect(decodeText('binary', bytes)).toBe(bytes)
  })

  it.each([
    '164e1b03',
    '164E1B03',
    '0x164e1b03',
    '0X164E1b03',
    '16 4e 1b 03',
    '16:4e:1b:03',
    '16-4E-1B-03',
    '0x16 0x4e 0x1b 0x03',
    '16\t4e  1b\r\n03',
    '  164e1b03\r\n',
    '"164e1b03"',
    ' "16 4e 1b 03 " ',
  ])('hex reads %j', (text) => expect(decode('hex', text)).toEqual(bytes))

  it.each([
    ['164e1', '"164e1"'],
    ['16 4 e1', '"4"'],
    ['16,4e', '"," at character 3'],
    ['16::4e', '""'],
    ['0x', '""'],
    ['160x4e', '"160x4e"'],
    ['"16', '"\\"" at character 1'],
    ['164é', '"é" at character 4'],
  ])('hex refuses %j', (text, received) => {
    const expected = 'hex: expected pairs of hexadecimal digits, apart by spaces, ":" or "-" if at all'
    expect(decode('hex', text)).toEqual({
      kind: 'refusal',
      reason: 'bad-value',
      detail: `${expected}, received ${received}`,
    })
  })

  it.each([
    // RFC 4648, section 10
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg==', 'foob'],
    ['Zm9vYmE=', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
    ['Zm9vYg', 'foob'],
    [' "Zm9vYmE" \n', 'fooba'],
    ['++//', 'ûïÿ'],
    ['--__', 'ûïÿ'],
    // JSON may escape a slash.
    ['"++\\/\\/"', 'ûïÿ'],
  ])('base64 reads %j', (text, plain) => expect(decode('base64', text)).toEqual(ascii(plain)))

  it.each([
    ['Zm9v!', '"!" at character 5'],
    ['Zm9 v', '" " at character 4'],
    ['Zm9vY', '5 characters'],
    ['Zg=', '3 characters'],
    ['Zm9v=', '5 characters'],
    ['Zg==Zg==', '"=" at character 3'],
    ['+_==', 'characters of both alphabets'],
    ['Zh==', '"Zh" at the end, whose last bits are not 0'],
  ])('base64 refuses %j unless it is whole', (text, received) => {
    const expected = 'base64: expected whole groups of the standard or URL-safe alphabet'
    expect(decode('base64', text)).toEqual({
      kind: 'refusal',
      reason: 'bad-value',
      detail: `${expected}, received ${received}`,
    })
  })

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (given) => {
        const buffer = Buffer.from(given)
        expect(decode('hex', buffer.toString('hex'))).toEqual(given)
        expect(decode('base64', buffer.toString('base64'))).toEqual(given)
        expect(decode('base64', buffer.toString('base64url'))).toEqual(given)
      }),
    )
  })

  it('reads or refuses anything, and does not throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...payloadEncodings), fc.uint8Array({ maxLength: 60 }), (encoding, given) => {
        const read = decodeText(encoding, given)
        expect(read instanceof Uint8Array || read.reason === 'bad-value').toBe(true)
      }),
    )
    expect(decodeText('hex', new Uint8Array((1 << 20) + 1))).toMatchObject({ reason: 'too-long' })
  })
})

describe('the hint', () => {
  it.each([
    ['164e1b03', 'hex'],
    ['"16 4e 1b 03"', 'hex'],
    ['0c-62-00-4E-00', 'hex'],
    ['Fk4bAw==', 'base64'],
    ['Fk4bAw', 'base64'],
  ])('of %j names %s', (text, encoding) => {
    expect(textHint(ascii(text))).toBe(
      `the payload is text that reads as ${encoding}: is its encoding ${encoding} and not binary?`,
    )
  })

  it.each(['', 'a', '  ', '{"a":1}', 'not there', '\u00a016'])('of %j is none', (text) => {
    expect(textHint(ascii(text))).toBeUndefined()
  })

  it('is none for the messages of sensors', () => {
    expect(textHint(bytes)).toBeUndefined()
    expect(textHint(Uint8Array.of(0, 100, 0, 90, 0))).toBeUndefined()
  })
})
