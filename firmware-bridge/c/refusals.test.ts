import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deviceIdPattern } from '../deviceId.ts'
import { maxSamplesInRecord } from '../frameLimits.ts'
import { maxTick } from '../records.ts'
import { buildFolder, needsCompiler } from './compile.testing.ts'
import { bitsOf, compileDriver, encodeAll, hex, recordOf } from './driver.testing.ts'

const { there, why } = needsCompiler('cc')
const one = bitsOf(1)
const zeros = (count: number): string => `samples 0 1 1000 ${one} 0 ${count}${' 0'.repeat(count)}`
/** A record of 4057 equal samples, of which the first takes two bytes up to 8191, and then three. */
const equal = (value: number): string => `samples 0 1 1000 ${one} 0 4057${` ${value}`.repeat(4057)}`

describe.skipIf(!there)(`the C encoder refuses what the wire does not allow${why}`, () => {
  let folder: string
  let driver: string
  beforeAll(() => {
    folder = buildFolder()
    driver = compileDriver(join(folder, 'driver'), '-Os')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each<[string, string, string]>([
    ['a tick of more than 100 years', `event ${maxTick + 1} 1`, `event ${maxTick} 1`],
    ['a last sample beyond that', `samples ${maxTick} 1 1000 ${one} 0 2 5 5`, `samples ${maxTick} 1 1000 ${one} 0 1 5`],
    ['a rate of 0', `samples 0 1 0 ${one} 0 1 5`, `samples 0 1 1 ${one} 0 1 5`],
    ['no samples', `samples 0 1 1000 ${one} 0 0`, `samples 0 1 1000 ${one} 0 1 0`],
    ['too many samples', zeros(maxSamplesInRecord + 1), zeros(maxSamplesInRecord)],
    ['too many bytes', `samples 0 1 1000 ${one} 0 900${' 2000000000 0'.repeat(450)}`, zeros(900)],
    ['one byte too many', equal(8192), equal(8191)],
    ['signal 0', `samples 0 0 1000 ${one} 0 1 5`, `samples 0 1 1000 ${one} 0 1 5`],
    ['an unknown signal', `samples 0 21 1000 ${one} 0 1 5`, `samples 0 20 1000 ${one} 0 1 5`],
    ['a scale of 0', 'samples 0 1 1000 0 0 1 5', 'samples 0 1 1000 1 0 1 5'],
    ['a scale of -0', `samples 0 1 1000 ${bitsOf(-0)} 0 1 5`, `samples 0 1 1000 ${one} ${bitsOf(-0)} 1 5`],
    ['a negative scale', `samples 0 1 1000 ${bitsOf(-1)} 0 1 5`, `samples 0 1 1000 ${one} ${bitsOf(-1)} 1 5`],
    ['an infinite scale', `samples 0 1 1000 ${bitsOf(Infinity)} 0 1 5`, `samples 0 1 1000 ${0x7f7fffff} 0 1 5`],
    ['a scale that is no number', `samples 0 1 1000 ${bitsOf(NaN)} 0 1 5`, `samples 0 1 1000 ${one} 0 1 5`],
    ['an infinite offset', `samples 0 1 1000 ${one} ${bitsOf(-Infinity)} 1 5`, `samples 0 1 1000 ${one} 0 1 5`],
    ['an offset that is no number', `samples 0 1 1000 ${one} ${bitsOf(NaN)} 1 5`, `samples 0 1 1000 ${one} 0 1 5`],
    ['event 0', 'event 0 0', 'event 0 1'],
    ['an unknown event', 'event 0 10', 'event 0 8'],
    ['a battery without percent', 'event 0 6', `value 0 6 ${bitsOf(0)}`],
    ['a battery below 0 percent', `value 0 6 ${bitsOf(-1)}`, `value 0 6 ${bitsOf(-0)}`],
    ['a battery above 100 percent', `value 0 6 ${bitsOf(100) + 1}`, `value 0 6 ${bitsOf(100)}`],
    ['a battery that is no number', `value 0 6 ${bitsOf(NaN)}`, `value 0 6 ${one}`],
    ['a fault that is no number', `value 0 7 ${bitsOf(NaN)}`, `value 0 7 ${bitsOf(-3e38)}`],
    ['an infinite fault', `value 0 7 ${bitsOf(-Infinity)}`, 'event 0 7'],
    ['a button with a value', `value 0 5 ${one}`, 'event 0 5'],
    ['no reading without a cause', 'event 0 9', 'none 0 7 6'],
    ['no reading for cause 0', 'none 0 7 0', 'none 0 7 1'],
    ['no reading for an unknown cause', 'none 0 7 10', 'none 0 7 9'],
    ['no reading of signal 0', 'none 0 0 1', 'none 0 20 1'],
    ['a time beyond 2^53-1', `time 0 ${2n ** 53n} 0`, `time 0 ${2n ** 53n - 1n} 0`],
    ['a hello with an unknown signal', 'hello 0 0 61 - 2 1 21', 'hello 0 0 61 - 2 1 20'],
    ['a hello with 256 signals', `hello 0 0 61 - 256${' 1'.repeat(256)}`, `hello 0 0 61 - 255${' 1'.repeat(255)}`],
    ['65 bytes of firmware', `hello 0 0 61 ${'61'.repeat(65)} 0`, `hello 0 0 61 ${'61'.repeat(64)} 0`],
  ])('%s', (_, refused, allowed) => {
    expect(encodeAll(driver, ['capacity 30000', refused, allowed])).toEqual(['', expect.stringMatching(/^(..)+00$/)])
  })

  it('takes the device ids and texts that the decoder takes, and no others', () => {
    const character = fc.oneof(
      fc.constantFrom(...'azAZ09._-@[`{/:^ '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    const id = fc.oneof(
      fc.string({ unit: character, maxLength: 4 }),
      fc.integer({ min: 60, max: 70 }).map((length) => 'a'.repeat(length)),
    )
    const text = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 30 }).map((given) => new TextEncoder().encode(given)),
    )
    // A text of C ends at its first 0.
    const sampled = fc.sample(fc.tuple(id, text), { seed: 3, numRuns: 10_000 }).filter((texts) => texts.every(noZero))
    const given = [...sampled, ...sequences().map((bytes) => ['a', bytes] as const)]
    const out = encodeAll(
      driver,
      given.map(([name, firmware]) => `hello 0 0 ${hex(name)} ${hex(firmware)} 0`),
    )
    const taken = out.map((frame) => frame !== '')
    expect(taken).toEqual(given.map(([name, firmware]) => deviceIdPattern.test(name) && isText(firmware)))
    expect(taken.filter(Boolean).length).toBeGreaterThan(1000)
  })

  it('knows to the microsecond when the last sample is too late', () => {
    const near = fc.record({
      before: fc.oneof(
        fc.nat(10),
        fc.nat(5e9),
        fc.maxSafeNat().map((value) => value % 5e12),
      ),
      rate: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 0xffffffff })),
      count: fc.integer({ min: 1, max: 4058 }),
    })
    const given = fc.sample(near, { seed: 4, numRuns: 2000 })
    const out = encodeAll(
      driver,
      given.map(
        ({ before, rate, count }) => `samples ${maxTick - before} 1 ${rate} ${one} 0 ${count}${' 0'.repeat(count)}`,
      ),
    )
    const fits = given.map(({ before, rate, count }) => BigInt(count - 1) * 10n ** 9n <= BigInt(before) * BigInt(rate))
    expect(out.map((frame) => frame !== '')).toEqual(fits)
    expect(fits.filter(Boolean).length).toBeGreaterThan(200)
    expect(fits.filter((fit) => !fit).length).toBeGreaterThan(200)
    // What it sends, the decoder takes.
    expect(out.filter((frame) => frame !== '').map((frame) => recordOf(frame).kind)).not.toContain('fault')
  })
})

/** What the README says of the firmware text. */
function isText(bytes: Uint8Array): boolean {
  try {
    return bytes.length <= 64 && !/\p{Cc}/u.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return false
  }
}

/** Every first byte of a character, with next bytes at the limits of what UTF-8 allows (RFC 3629, section 4). */
function sequences(): Uint8Array[] {
  const next = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]
  const first = Array.from({ length: 255 }, (_, i) => [i + 1])
  const two = first.flatMap((bytes) => next.map((byte) => [...bytes, byte]))
  const three = two.flatMap((bytes) => [0x7f, 0x80, 0xbf, 0xc0].map((byte) => [...bytes, byte]))
  const four = three.flatMap((bytes) => [0x80, 0xbf].map((byte) => [...bytes, byte]))
  return [first, two, three, four].flat().map((bytes) => Uint8Array.from(bytes))
}

function noZero(text: string | Uint8Array): boolean {
  return !Buffer.from(text).includes(0)
}
