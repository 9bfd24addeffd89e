import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decodedLine } from './decodedLine.ts'
import { decoders } from './decoders.ts'
import { openEnvelope, workspace } from './envelope.ts'
import { crcBytes, maxEncodedBytes, maxSamplesInRecord, samplesThatAlwaysFit } from './frameLimits.ts'
import { deviceEventCodes, noReadingCauses } from './records.ts'
import { signalNames, signals } from './signals.ts'
import { unitsOf } from './units.ts'
import { causeWireCodes, eventWireCodes } from './wireCodes.ts'

// Tables are aligned with blanks; what they say is not.
const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8').replace(/ +/g, ' ')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp('```' + language + '\\n([^`]*)```', 'g'))].map((match) => match[1]!)
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.replace(/\s/g, ''), 'hex')

describe('the README for firmware authors', () => {
  const examples = blocks('hex').map((hex, i) => ({ hex, says: blocks('json')[i]! }))

  it('has an example for each record', () => {
    const kinds = examples.map(({ hex }) =>
      decoders.frame
        .messages()(bytesOf(hex))
        .map((record) => record.kind),
    )
    expect(kinds).toEqual([['hello'], ['samples'], ['event'], ['time']])
  })

  it.each(examples)('says what $hex decodes to', ({ hex, says }) => {
    expect(decoders.frame.messages()(bytesOf(hex)).map(decodedLine)).toEqual([JSON.parse(says)])
  })

  it('shows the event before stuffing', () => {
    const event = bytesOf(examples[2]!.hex)
    const length = openEnvelope(event, 0, event.length - 1) as number
    expect(workspace.bytes.slice(0, length + crcBytes)).toEqual(Uint8Array.from(bytesOf(blocks('content')[0]!)))
  })

  it('has a JSON payload that decodes', () => {
    const out = decoders.json.messages()(Buffer.from(blocks('json-payload')[0]!))
    expect(out.map((record) => record.kind)).toEqual(['samples', 'samples', 'event', 'event'])
  })

  it('lists every signal and event with its number', () => {
    for (const name of signalNames) {
      const { wireCode, unit, min, max } = signals[name]
      expect(readme).toContain(`| ${wireCode} | \`${name}\` | ${unit} | ${min} to ${max} |`)
    }
    expect(readme).toContain(deviceEventCodes.map((code) => `${eventWireCodes[code]} ${code}`).join(', '))
    expect(readme).toContain(noReadingCauses.map((cause) => `${causeWireCodes[cause]} ${cause}`).join(', '))
  })

  it('lists the units that each signal may be given in', () => {
    for (const unit of new Set(signalNames.map((name) => signals[name].unit))) {
      const names = signalNames.filter((name) => signals[name].unit === unit)
      const quoted = (words: string[]) => words.map((word) => `\`${word}\``).join(', ')
      expect(readme).toContain(`| ${quoted(names)} | ${quoted(unitsOf(names[0]!))} |`)
    }
  })

  it('states the limits of the code', () => {
    expect(readme).toContain(`at most ${maxEncodedBytes} bytes and the delimiter`)
    expect(readme).toContain(`1 to ${maxSamplesInRecord} of one byte each; ${samplesThatAlwaysFit} fit whatever`)
  })
})
