import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reading, WireRecord } from '../../firmware-bridge/records.ts'
import { epoch } from '../testing/run.ts'
import { numbered, numberings } from './numbering.ts'

const second = 1e6
const block = (signal: 'ppg' | 'ecg', count: number, rateHz: number, tick?: number): Reading => ({
  kind: 'samples',
  signal,
  rateHz,
  values: new Float32Array(count),
  ...(tick !== undefined && { tick }),
})
const value = (signal: 'heartRate' | 'rrInterval', rateHz = 1): Reading => ({
  kind: 'samples',
  signal,
  rateHz,
  values: Float32Array.of(800),
})

/** Arrivals of one device, one after the other: [gateway time in s, what came]. */
function run(arrivals: [number, ...Reading[]][], states = numberings()) {
  return arrivals.map(([at, ...readings]) =>
    numbered(states, 'd-1', epoch + Math.round(at * second), readings).map((record) =>
      record === undefined || record.kind === 'fault' ? undefined : (record.tick - epoch) / second,
    ),
  )
}

describe('numbering', () => {
  it('leaves alone what has an identity', () => {
    const record: WireRecord = { kind: 'event', code: 'button', bootId: 3, sequence: 9, tick: 1 }
    const states = numberings()
    expect(numbered(states, 'd-1', epoch, [record])).toEqual([record])
    expect(states.size).toBe(0)
  })

  it('counts, and takes the arrival for the end of what was measured', () => {
    const states = numberings()
    const out = numbered(states, 'd-1', epoch + 2 * second, [block('ppg', 75, 75), { kind: 'event', code: 'off-body' }])
    expect(out).toMatchObject([
      { bootId: 0, sequence: 1, tick: epoch + second },
      { bootId: 0, sequence: 2, tick: epoch + 2 * second },
    ])
  })

  it('lets the blocks of a waveform follow one another whatever the jitter of their arrival', () => {
    const out = run([
      [1, block('ppg', 75, 75)],
      [2.4, block('ppg', 75, 75)],
      [2.7, block('ppg', 75, 75), block('ppg', 75, 75)],
    ])
    expect(out).toEqual([[0], [1], [2, 3]])
  })

  it('shows a hole where nothing came for longer', () => {
    expect(
      run([
        [1, block('ppg', 75, 75)],
        [7, block('ppg', 75, 75)],
      ]),
    ).toEqual([[0], [6]])
  })

  it('lays the intervals of one message end to end, up to its arrival', () => {
    expect(run([[10, value('heartRate'), value('rrInterval', 1.25), value('rrInterval', 2)]])).toEqual([[9, 8.7, 9.5]])
  })

  it('does not drift away with single values that come a little too early', () => {
    const arrivals = Array.from({ length: 1000 }, (_, i): [number, Reading] => [10 + i * 0.98, value('heartRate')])
    expect(run(arrivals).at(-1)![0]).toBeCloseTo(9 + 999 * 0.98, 3)
  })

  it('repeats no stream time when the gateway clock is set back', () => {
    const out = run([
      [100, block('ppg', 75, 75), value('heartRate')],
      [41, block('ppg', 75, 75), value('heartRate')],
    ]).flat() as number[]
    expect(out[2]).toBe(100)
    expect(out[3]).toBeGreaterThan(out[1]!)
  })

  describe('of a device with a clock of its own', () => {
    const own = (tick: number) => block('ecg', 130, 130, tick)

    it('follows that clock, so that lost messages are a hole of their length', () => {
      expect(
        run([
          [5, own(70 * second)],
          [6.3, own(71 * second)],
          [9.1, own(74 * second)],
        ]),
      ).toEqual([[4], [5], [8]])
    })

    it('drops what came twice, also after a restart of the gateway', () => {
      const states = numberings()
      run([[5, own(70 * second)]], states)
      const after = numberings()
      after.restore(states.takeChanged())
      expect(
        run(
          [
            [65, own(70 * second)],
            [66, own(131 * second)],
          ],
          after,
        ),
      ).toEqual([[undefined], [65]])
    })

    it('takes a clock that was set, forward or back, for a new beginning after what was there', () => {
      const out = run([
        [1000, own(70_000 * second)],
        [1001, own(0)],
        [1002, own(1 * second)],
        [1003, own(800_000 * second)],
      ]).flat()
      expect(out).toEqual([999, 1000, 1001, 1002])
    })

    it('lays a block that begins a rounding before the end of the last at that end', () => {
      expect(
        run([
          [5, own(70 * second)],
          [6, own(71 * second - 3)],
        ]),
      ).toEqual([[4], [5]])
    })
  })

  it('never lets the stream time of a signal go back, and never overlaps blocks (property)', () => {
    const arrivals = fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        fc.oneof(
          fc.constant(block('ppg', 75, 75)),
          fc.constant(value('heartRate')),
          fc.integer({ min: 0, max: 1e10 }).map((tick) => block('ecg', 65, 130, tick)),
        ),
      ),
      { minLength: 1, maxLength: 50 },
    )
    fc.assert(
      fc.property(arrivals, (list) => {
        const states = numberings()
        const ends = new Map<string, number>()
        for (const [at, reading] of list)
          for (const record of numbered(states, 'd-1', epoch + Math.round(at * second), [reading])) {
            if (record?.kind !== 'samples') continue
            const { signal, tick, values, rateHz } = record
            expect(Number.isInteger(tick)).toBe(true)
            expect(tick).toBeGreaterThanOrEqual(ends.get(signal) ?? 0)
            ends.set(signal, tick + (signal === 'heartRate' ? 1 : Math.round((values.length * 1e6) / rateHz)))
          }
      }),
    )
  })
})
