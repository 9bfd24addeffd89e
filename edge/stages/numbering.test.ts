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
    numbered(states, 'd-1', { receivedAt: epoch + Math.round(at * second), records: readings }).map((record) =>
      record === undefined || record.kind === 'fault' ? undefined : (record.tick - epoch) / second,
    ),
  )
}

describe('numbering', () => {
  it('leaves alone what has an identity', () => {
    const record: WireRecord = { kind: 'event', code: 'button', bootId: 3, sequence: 9, tick: 1 }
    const states = numberings()
    expect(numbered(states, 'd-1', { receivedAt: epoch, records: [record] })).toEqual([record])
    expect(states.size).toBe(0)
  })

  it('counts, and takes the arrival for the end of what was measured', () => {
    const states = numberings()
    const records: Reading[] = [block('ppg', 75, 75), { kind: 'event', code: 'off-body' }]
    const out = numbered(states, 'd-1', { receivedAt: epoch + 2 * second, records })
    expect(out).toMatchObject([
      { bootId: 0, sequence: 1, tick: epoch + second },
      { bootId: 0, sequence: 2, tick: epoch + 2 * second },
    ])
  })

  it('lets the blocks of a waveform follow one another whatever the jitter of their arrival', () => {
    const out = run([
      [1, block('ppg', 75, 75)],
      [2.4, block('ppg', 75, 75)],
      [4.1, block('ppg', 75, 75), block('ppg', 75, 75)],
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

  it.each([100, 2000, -100, -2000])('stays within a second of arrival for a day of an oximeter %d ppm off', (ppm) => {
    const arrivals = Array.from({ length: 86_400 }, (_, s): [number, Reading] => [
      1000 + s / (1 + ppm / 1e6),
      block('ppg', 75, 75),
    ])
    const out = run(arrivals).flat()
    const lag = out.map((tick, i) => (tick === undefined ? 0 : arrivals[i]![0] - 1 - tick))
    expect(Math.max(...lag.map(Math.abs))).toBeLessThanOrEqual(1)
    expect(out.filter((tick) => tick === undefined).length).toBeLessThanOrEqual(Math.max(0, ppm / 1e6) * 86_400 + 1)
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

    it('drops what the broker sent twice, also after a restart of the gateway', () => {
      const states = numberings()
      run([[5, own(70 * second)]], states)
      const after = numberings()
      after.restore(states.takeChanged())
      const again = { receivedAt: epoch + 65 * second, repeated: true, records: [own(70 * second)] }
      expect(numbered(after, 'd-1', again)).toEqual([undefined])
      expect(run([[66, own(131 * second)]], after)).toEqual([[65]])
    })

    /** Readings a second apart; `clock` says what the device's clock shows at each second of its life. */
    const lived = (seconds: number, clock: (second: number) => number, reading = own): (number | undefined)[] =>
      run(
        Array.from({ length: seconds }, (_, s): [number, Reading] => [
          1000 + s,
          reading(Math.round(clock(s) * second)),
        ]),
      ).flat()
    const lag = (ticks: (number | undefined)[]): number[] =>
      ticks.flatMap((tick, s) => (tick === undefined ? [] : [999 + s - tick]))

    it.each([
      ['begins again every 40 s', (s: number) => 50 + (s % 40), 0],
      ['is set back by 55 s', (s: number) => (s < 100 ? 5000 + s : 4945 + s), 0],
      ['is set forward by days', (s: number) => (s < 100 ? s : s + 500_000), 0],
      ['is 100 ppm fast', (s: number) => s * 1.0001, 3],
      ['is 1000 ppm slow', (s: number) => s * 0.999, 0],
    ])('keeps what a device measured whose clock %s, and stays near its arrival', (_, clock, lost) => {
      const ticks = lived(20_000, clock)
      expect(ticks.filter((tick) => tick === undefined).length).toBeLessThanOrEqual(lost)
      expect(Math.min(...lag(ticks))).toBeGreaterThanOrEqual(-1)
      expect(Math.max(...lag(ticks))).toBeLessThanOrEqual(25)
    })

    it('finds the time again when the clock has stood still for hours', () => {
      const ticks = [...run([[1000, own(0)]]), ...run([[30_000, own(1 * second)]])]
      expect(ticks).toHaveLength(2)
      const slept = run(
        Array.from({ length: 100 }, (_, s): [number, Reading] => [s < 50 ? s : s + 28_800, own((100 + s) * second)]),
      ).flat() as number[]
      expect(slept.at(-1)).toBeGreaterThan(28_800 + 95)
    })

    it('takes a backlog that arrives at once for what it is', () => {
      const states = numberings()
      run(
        [
          [0, own(0)],
          [1, own(second)],
        ],
        states,
      )
      const backlog = Array.from({ length: 600 }, (_, s): [number, Reading] => [602, own((2 + s) * second)])
      expect(run(backlog, states).flat()).toEqual(Array.from({ length: 600 }, (_, s) => 1 + s))
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
          for (const record of numbered(states, 'd-1', {
            receivedAt: epoch + Math.round(at * second),
            records: [reading],
          })) {
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
