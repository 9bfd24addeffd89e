import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decoded } from '../records.ts'
import { ContecCms50Parser } from './contecCms50.ts'

const five = (heartRate: number, spo2: number, pleth = 50, flags: { first?: number; third?: number } = {}) =>
  Uint8Array.of(
    0x86 | (flags.first ?? 0),
    pleth,
    ((heartRate >> 7) << 6) | 0x05 | (flags.third ?? 0),
    heartRate & 0x7f,
    spo2,
  )
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const times = (count: number, packet: Uint8Array) => joined(...Array.from({ length: count }, () => packet))
const all = (bytes: Uint8Array): Decoded[] => {
  const parser = new ContecCms50Parser()
  return [...parser.push(bytes), ...parser.flush()]
}
const values = (out: Decoded[]) =>
  Object.fromEntries(out.flatMap((said) => (said.kind === 'samples' ? [[said.signal, [...said.values]]] : [])))
const events = (out: Decoded[]) => out.flatMap((said) => (said.kind === 'event' ? [said.cause ?? said.code] : []))
const faults = (out: Decoded[]) => out.flatMap((said) => (said.kind === 'fault' ? [said.reason] : []))

describe('Contec CMS50D+', () => {
  it('gives pleth, pulse rate and SpO2 once a second, of the latest packet', () => {
    const out = new ContecCms50Parser().push(joined(times(59, five(70, 98)), five(135, 97, 12)))
    expect(values(out)).toEqual({ ppg: [...new Array<number>(59).fill(50), 12], heartRate: [135], spo2: [97] })
    expect(events(out)).toEqual(['on-body'])
    expect(out).toContainEqual(expect.objectContaining({ signal: 'ppg', rateHz: 60 }))
  })

  it('reads a single packet at the end of a capture', () => {
    expect(values(all(five(72, 97)))).toEqual({ ppg: [50], heartRate: [72], spo2: [97] })
  })

  it('reads the form of later firmware (headrotor/contec_data, a captured packet)', () => {
    const packet = Uint8Array.of(0x01, 0xe0, 0x85, 0xb3, 0x96, 0xc1, 0xe1, 0xff, 0xff)
    expect(values(all(packet))).toEqual({ ppg: [0x33], heartRate: [65], spo2: [97] })
    // From the middle of a packet on.
    const out = all(joined(packet.slice(4), times(3, packet)))
    expect(values(out)['ppg']).toEqual([0x33, 0x33, 0x33])
    for (const flags of [0xe1, 0xe2, 0xe3]) {
      const none = all(Uint8Array.of(0x01, flags, 0x85, 0xb3, 0x96, 0xc1, 0xe1, 0xff, 0xff))
      expect(events(none)).toEqual(['searching', 'searching'])
      expect(values(none)).toEqual({ ppg: [NaN] })
    }
  })

  it.each([
    ['finger out', five(72, 97, 0, { first: 0x10 }), ['off-body', 'sensor-off', 'sensor-off']],
    ['probe error', five(72, 97, 0, { third: 0x10 }), ['off-body', 'sensor-off', 'sensor-off']],
    ['searching', five(72, 97, 0, { third: 0x20 }), ['on-body', 'searching', 'searching']],
    ['no numbers', five(255, 127), ['on-body', 'invalid', 'invalid']],
    ['zeros', five(0, 0), ['on-body', 'invalid', 'invalid']],
  ])('tells %s by events', (_, packet, expected) => {
    const out = all(packet)
    expect(events(out)).toEqual(expected)
    expect(Object.keys(values(out))).toEqual(['ppg'])
  })

  it('refuses what cannot be true', () => {
    expect(faults(all(five(5, 97)))).toEqual(['out-of-range'])
  })

  it('gives the same for any split', () => {
    const bytes = joined(
      times(70, five(70, 98)),
      five(70, 98).slice(0, 3),
      times(70, five(90, 95)),
      new Uint8Array(67),
      times(30, five(91, 95)),
    )
    const whole = all(bytes)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const parser = new ContecCms50Parser()
        const out: Decoded[] = []
        let from = 0
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          out.push(...parser.push(bytes.subarray(from, to)))
          from = to
        }
        out.push(...parser.flush())
        // How long damage is told in one fault depends on the chunks.
        expect(out.filter(({ kind }) => kind !== 'fault')).toEqual(whole.filter(({ kind }) => kind !== 'fault'))
      }),
    )
  })

  it('puts a missing sample where a packet is cut', () => {
    const out = all(joined(five(70, 98), five(70, 98).slice(0, 3), five(71, 99)))
    expect(values(out)).toEqual({ ppg: [50, NaN, 50], heartRate: [71], spo2: [99] })
    expect(faults(out)).toEqual(['bad-length'])
  })

  it('puts a missing sample where bit 7 of a byte was turned', () => {
    const bytes = times(3, five(70, 98))
    bytes[5 + 2]! ^= 0x80
    expect(values(all(bytes))['ppg']).toEqual([50, NaN, 50])
  })

  it('ends the block where more was lost, and goes on giving numbers once a second', () => {
    const parser = new ContecCms50Parser()
    const out = parser.push(joined(times(40, five(70, 98)), new Uint8Array(200), times(59, five(71, 98)), five(72, 98)))
    const blocks = out.flatMap((said) => (said.kind === 'samples' && said.signal === 'ppg' ? [said.values.length] : []))
    expect(blocks).toEqual([40, 60])
    expect(values(out)).toMatchObject({ heartRate: [71] })
  })

  it('tells the packet of a number that is refused', () => {
    const refused = all(five(5, 97)).filter((said) => said.kind === 'fault')
    expect(refused).toMatchObject([{ reason: 'out-of-range', bytes: five(5, 97) }])
  })

  it.each([1, 2, 3, 4])('refuses %d bytes', (length) => {
    expect(all(five(70, 98).slice(0, length))).toMatchObject([{ kind: 'fault', reason: 'bad-length' }])
  })

  it('never throws and keeps little, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        const out = all(joined(noise, times(2, five(70, 98))))
        expect(out.every((said) => said.kind !== 'fault' || said.bytes.length <= 64)).toBe(true)
      }),
    )
  })
})
