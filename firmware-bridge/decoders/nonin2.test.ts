import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decoders } from '../decoders.ts'
import type { Decoded } from '../records.ts'
import { Nonin2Parser } from './nonin2.ts'

interface FrameOptions {
  heartRate?: number
  spo2?: number
  /** Status bits besides SYNC. */
  status?: number
  pleth?: number
}

/** A frame as the specification lays it out; the pleth counts up from `pleth`. */
function frame({ heartRate = 72, spo2 = 97, status = 0, pleth = 100 }: FrameOptions = {}): Uint8Array {
  const packets = Array.from({ length: 25 }, (_, place) => {
    const byte =
      place === 0 ? heartRate >> 7 : place === 1 ? heartRate & 0x7f : place === 2 ? spo2 : place === 3 ? 48 : 0
    const packet = [0x01, 0x80 | status | (place === 0 ? 0x01 : 0), (pleth + place) & 0xff, byte]
    return [...packet, packet.reduce((sum, part) => sum + part) & 0xff]
  })
  return Uint8Array.from(packets.flat())
}
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const all = (bytes: Uint8Array): Decoded[] => {
  const parser = new Nonin2Parser()
  return [...parser.push(bytes), ...parser.flush()]
}
const plethOf = (out: Decoded[]) =>
  out.flatMap((said) => (said.kind === 'samples' && said.signal === 'ppg' ? [...said.values] : []))
const vitals = (out: Decoded[], signal: string) =>
  out.flatMap((said) => (said.kind === 'samples' && said.signal === signal ? [said.values[0]] : []))
const faults = (out: Decoded[]) => out.flatMap((said) => (said.kind === 'fault' ? [said.reason] : []))

describe('Nonin data format 2', () => {
  it('gives pleth, heart rate and SpO2 once a frame', () => {
    const out = all(joined(frame({ heartRate: 72 }), frame({ heartRate: 300, spo2: 100, pleth: 0 })))
    expect(plethOf(out)).toEqual([
      ...Array.from({ length: 25 }, (_, i) => 100 + i),
      ...Array.from({ length: 25 }, (_, i) => i),
    ])
    expect(vitals(out, 'heartRate')).toEqual([72, 300])
    expect(vitals(out, 'spo2')).toEqual([97, 100])
    expect(
      out.filter(({ kind }) => kind === 'samples').every((said) => 'rateHz' in said && [75, 3].includes(said.rateHz)),
    ).toBe(true)
    expect(out[0]).toEqual({ kind: 'event', code: 'on-body' })
    expect(faults(out)).toEqual([])
  })

  it.each([
    ['no numbers', { heartRate: 511, spo2: 127 }, ['on-body', 'invalid', 'invalid']],
    ['a sensor that is unplugged', { status: 0x40 }, ['lead-off', 'sensor-off', 'sensor-off']],
    ['a finger that is out', { status: 0x08 }, ['off-body', 'sensor-off', 'sensor-off']],
    [
      'no numbers with artifacts',
      { heartRate: 511, spo2: 127, status: 0x20 },
      ['on-body', 'poor-signal', 'poor-signal'],
    ],
    [
      'no numbers at low perfusion',
      { heartRate: 511, spo2: 127, status: 0x04 },
      ['on-body', 'poor-signal', 'poor-signal'],
    ],
    ['a pulse out of track', { status: 0x10 }, ['on-body', 'searching', 'searching']],
  ])('tells %s by events', (_, options, expected) => {
    const out = all(frame(options))
    expect(out.flatMap((said) => (said.kind === 'event' ? [said.cause ?? said.code] : []))).toEqual(expected)
    expect([...vitals(out, 'heartRate'), ...vitals(out, 'spo2')]).toEqual([])
    expect(plethOf(out).every(Number.isNaN)).toBe(expected[1] === 'sensor-off')
  })

  it('tells contact on change only, and that a sensor is plugged in again', () => {
    const out = all(joined(frame(), frame({ status: 0x40 }), frame({ status: 0x40 }), frame(), frame()))
    const codes = out.flatMap((said) => (said.kind === 'event' && said.code !== 'no-reading' ? [said.code] : []))
    expect(codes).toEqual(['on-body', 'lead-off', 'lead-on'])
  })

  it('remembers the contact from one message to the next', () => {
    const decode = decoders['nonin-2'].messages()
    const codes = [frame(), frame(), frame({ status: 0x40 }), frame({ status: 0x40 }), frame()].map((payload) =>
      decode(payload).flatMap((said) => (said.kind === 'event' && said.code !== 'no-reading' ? [said.code] : [])),
    )
    expect(codes).toEqual([['on-body'], [], ['lead-off'], [], ['lead-on']])
  })

  it('gives the same for any split', () => {
    const bytes = joined(
      frame(),
      frame({ status: 0x10 }),
      frame({ spo2: 127 }).slice(0, 60),
      frame(),
      frame({ pleth: 3 }),
    )
    const whole = all(bytes)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 20 }), (cuts) => {
        const parser = new Nonin2Parser()
        const out: Decoded[] = []
        let from = 0
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          out.push(...parser.push(bytes.subarray(from, to)))
          from = to
        }
        out.push(...parser.flush())
        expect(out.filter(({ kind }) => kind !== 'fault')).toEqual(whole.filter(({ kind }) => kind !== 'fault'))
      }),
    )
  })

  it('keeps the place of a damaged packet, as a missing sample', () => {
    const bytes = joined(frame(), frame())
    bytes[5 * 10 + 2]! ^= 0x40
    const out = all(bytes)
    expect(plethOf(out)).toHaveLength(50)
    expect(plethOf(out)[10]).toBeNaN()
    expect(vitals(out, 'heartRate')).toEqual([72, 72])
    expect(faults(out)).toEqual(['bad-crc'])
  })

  it('keeps the numbers of a frame with artifacts or low perfusion, where the device gives any', () => {
    for (const status of [0x20, 0x04, 0x06, 0x02]) expect(vitals(all(frame({ status })), 'spo2')).toEqual([97])
  })

  it('takes no number where the pulse is out of track later in the frame', () => {
    const late = joined(frame().slice(0, 100), frame({ status: 0x10 }).slice(100))
    expect(vitals(all(late), 'heartRate')).toEqual([])
  })

  it.each(Array.from({ length: 25 }, (_, place) => [place]))(
    'takes no number for another: packet %d is lost',
    (place) => {
      const [before, cut, after] = [60, 70, 80].map((heartRate) => frame({ heartRate, spo2: heartRate + 20 }))
      const out = all(joined(before!, cut!.slice(0, 5 * place), cut!.slice(5 * place + 5), after!))
      expect(vitals(out, 'heartRate')).toEqual([60, 80])
      expect(vitals(out, 'spo2')).toEqual([80, 100])
      expect(faults(out)).toEqual(['bad-length'])
      expect(plethOf(out)).toHaveLength(74)
    },
  )

  it.each([0, 1, 2, 3, 24])('gives the numbers that are whole where packet %d is damaged', (place) => {
    const bytes = joined(frame({ heartRate: 60 }), frame({ heartRate: 61, spo2: 98 }), frame({ heartRate: 62 }))
    bytes[125 + 5 * place + 2]! ^= 0x40
    const out = all(bytes)
    // Without SYNC nothing says that the frame begins.
    expect(vitals(out, 'heartRate')).toEqual(place <= 1 ? [60, 62] : [60, 61, 62])
    expect(vitals(out, 'spo2')).toEqual(place === 0 || place === 2 ? [97, 97] : [97, 98, 97])
    expect(plethOf(out)).toHaveLength(75)
  })

  it('reads the frame of Pufferfish (TestNoninOEM3.cpp, "Validate NoninOEM3 for valid packet data")', () => {
    const values = [
      0x00, 0x48, 0x61, 0x30, 0, 0, 0, 0, 0x61, 0x61, 0x61, 0, 0, 0, 0x48, 0x61, 0x61, 0, 0, 0, 0x48, 0, 0x48, 0, 0,
    ]
    const sums = [0x83, 0xca, 0xe3, 0xb2]
    const packets = values.map((value, place) => [
      0x01,
      place === 0 ? 0x81 : 0x80,
      0x01,
      value,
      sums[place] ?? 0x82 + value,
    ])
    const out = all(Uint8Array.from(packets.flat()))
    expect([...vitals(out, 'heartRate'), ...vitals(out, 'spo2')]).toEqual([72, 97])
    expect(faults(out)).toEqual([])
  })

  it('takes no number from the frame around lost bytes, and is right again at the next', () => {
    const bytes = joined(
      frame({ heartRate: 60 }).slice(0, 4),
      frame({ heartRate: 61 }).slice(7),
      frame({ heartRate: 62 }),
    )
    const out = all(bytes)
    expect(vitals(out, 'heartRate')).toEqual([62])
    expect(faults(out)).toEqual(['bad-crc'])
  })

  it('reads noise as nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const out = all(joined(noise, frame({ heartRate: 81 }), frame({ heartRate: 81 })))
        expect(vitals(out, 'heartRate').at(-1)).toBe(81)
      }),
    )
  })

  it.each([1, 4, 6, 124])('tells the length of what is cut off after %d bytes', (length) => {
    expect(faults(all(frame().slice(0, length)))).toContain('bad-length')
  })
})
