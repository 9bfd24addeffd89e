import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SamplesRecord } from '../../firmware-bridge/records.ts'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { signals } from '../../firmware-bridge/signals.ts'
import type { TimedRecord } from '../timedRecord.ts'
import type { SimulatedEvent } from './events.ts'
import { railMillivolts } from './frontEnd.ts'
import type { EventKind } from './events.ts'
import { eventKinds } from './events.ts'
import { simulatedSignals } from './syntheticBody.ts'
import type { SyntheticDeviceOptions, TruthMark } from './syntheticDevice.ts'
import { syntheticDevice } from './syntheticDevice.ts'

const identity = { device: 'sim-01', bootId: 7, startEpochMicros: 1_700_000_000_000_000 }
const run = (seed: number, seconds: number, ...events: SimulatedEvent[]) => [
  ...syntheticDevice(seed, { ...identity, events, seconds }),
]

const withOptions = (
  seed: number,
  seconds: number,
  events: SimulatedEvent[],
  options: Partial<SyntheticDeviceOptions>,
) => [...syntheticDevice(seed, { ...identity, events, seconds, ...options })]

/** All values of a signal, whatever was not heard left out. */
function valuesOf(records: TimedRecord[], signal: SignalName): number[] {
  return blocksOf(records, signal).flatMap(({ values }) => [...values])
}

function blocksOf(records: TimedRecord[], signal: SignalName): SamplesRecord[] {
  return records.flatMap(({ record }) => (record.kind === 'samples' && record.signal === signal ? [record] : []))
}

function digest(records: TimedRecord[]): string {
  const hash = createHash('sha256')
  for (const { atMicros, record } of records) {
    const { values, ...rest } = { values: undefined, ...record }
    hash.update(`${atMicros} ${JSON.stringify(rest)}`)
    if (values !== undefined && typeof values === 'object') hash.update(new Uint8Array(values.buffer))
  }
  return hash.digest('hex')
}

describe('a synthetic device', () => {
  test('gives the same records for the same seed, and others for another', () => {
    const walk: SimulatedEvent = { kind: 'walk', atSeconds: 3, durationSeconds: 4 }
    expect(digest(run(5, 12, walk))).toBe(digest(run(5, 12, walk)))
    expect(digest(run(6, 12, walk))).not.toBe(digest(run(5, 12, walk)))
  })

  test('begins with hello and time, ends with the session end, and counts its frames from 0', () => {
    const records = run(1, 65)
    expect(records.slice(0, 2).map(({ record }) => record.kind)).toEqual(['hello', 'time'])
    expect(records.at(-1)).toMatchObject({ atMicros: 65e6, record: { kind: 'event', code: 'session-end', tick: 65e6 } })
    expect(records.map(({ record }) => record.sequence)).toEqual(records.map((_, i) => i))
    expect(records.filter(({ record }) => record.kind === 'hello')).toHaveLength(7)
    const times = records.flatMap(({ record }) => (record.kind === 'time' ? [record] : []))
    expect(times.map(({ tick, epochMicros }) => epochMicros - tick)).toEqual([
      identity.startEpochMicros,
      identity.startEpochMicros,
    ])
  })

  test('never sends a sample before it exists, and nothing out of order', () => {
    let last = 0
    for (const { atMicros, record } of run(2, 30, { kind: 'lead-off', atSeconds: 10.25, durationSeconds: 5.5 })) {
      expect(atMicros).toBeGreaterThanOrEqual(last)
      last = atMicros
      if (record.kind !== 'samples') expect(record.tick).toBe(atMicros)
      else expect(record.tick + ((record.values.length - 1) * 1e6) / record.rateHz).toBeLessThanOrEqual(atMicros)
    }
  })

  test.each(eventKinds.map((kind) => ({ kind })))('stays in the range of every signal through $kind', ({ kind }) => {
    for (let seed = 0; seed < 4; seed++) {
      const event = { kind, atSeconds: 5, durationSeconds: 40 } as SimulatedEvent
      for (const { record } of withOptions(seed, 60, [event], { signals: simulatedSignals })) {
        if (record.kind !== 'samples') continue
        const { min, max } = signals[record.signal]
        const outside = record.values.filter((value) => value < min || value > max)
        expect(outside, `${record.signal} of person ${seed}`).toHaveLength(0)
      }
    }
  })

  test('is the same through everything that can happen, with and without someone who hears the truth', () => {
    const kinds = eventKinds.filter((kind) => kind !== 'silence')
    // More kinds than TypeScript tells apart in one object.
    const all = kinds.map((kind, i) => ({ kind, atSeconds: 2 + 3 * i, durationSeconds: 7 }) as SimulatedEvent)
    const once = digest(withOptions(7, 90, all, { signals: simulatedSignals }))
    expect(digest(withOptions(7, 90, all, { signals: simulatedSignals, onTruth: () => undefined }))).toBe(once)
  })

  test('sends the signals asked for, in the hello as well, and each as without the others', () => {
    const some = withOptions(3, 20, [], { signals: ['ppg', 'temperature'] })
    expect(some[0]?.record).toMatchObject({ kind: 'hello', signals: ['ppg', 'temperature'] })
    const sent = some.flatMap(({ record }) => (record.kind === 'samples' ? [record.signal] : []))
    expect(new Set(sent)).toEqual(new Set(['ppg', 'temperature']))
    expect(valuesOf(some, 'ppg')).toEqual(valuesOf(run(3, 20), 'ppg'))
    expect(() => withOptions(3, 1, [], { signals: ['perfusionIndex'] })).toThrow(
      /expected some of ecg.*received perfusionIndex/,
    )
  })

  test('sends each RR interval as one value that begins at one beat and ends at the next', () => {
    const beats: number[] = []
    const onTruth = (mark: TruthMark) => void (mark.kind === 'beat' && beats.push(mark.tick))
    const records = withOptions(3, 30, [], { signals: ['rrInterval'], onTruth })
    const intervals = blocksOf(records, 'rrInterval')
    expect(intervals.map(({ tick }) => tick)).toEqual(beats.slice(0, -1))
    for (const [i, { rateHz, values }] of intervals.entries()) {
      const micros = (beats[i + 1] ?? NaN) - (beats[i] ?? NaN)
      expect(Math.abs((values[0] ?? NaN) - micros / 1000)).toBeLessThanOrEqual(0.51)
      expect(1e6 / rateHz).toBeCloseTo(micros, -1)
    }
  })

  test('is endless without a length', () => {
    let records = 0
    for (const { atMicros } of syntheticDevice(1, { ...identity, events: [] })) {
      records++
      if (atMicros > 20e6) break
    }
    expect(records).toBeGreaterThan(160)
  })
})

describe('a scripted event', () => {
  test('tachycardia at rest: the rate is up within seconds while the acceleration stays at rest', () => {
    const records = run(3, 60, { kind: 'tachycardia', atSeconds: 20, durationSeconds: 25, toPerMinute: 150 })
    const rate = valuesOf(records, 'heartRate')
    expect(Math.max(...rate.slice(5, 20))).toBeLessThan(90)
    expect(Math.min(...rate.slice(30, 44))).toBeGreaterThan(140)
    const magnitude = magnitudes(records)
    expect(Math.max(...magnitude.map((g) => Math.abs(g - 1)))).toBeLessThan(0.05)
  })

  test('walk: steps in the acceleration, and a heart rate that follows', () => {
    const records = run(3, 60, { kind: 'walk', atSeconds: 15, durationSeconds: 40 })
    const rate = valuesOf(records, 'heartRate')
    expect(mean(rate.slice(40, 55)) - mean(rate.slice(5, 15))).toBeGreaterThan(20)
    const magnitude = magnitudes(records)
    expect(deviation(magnitude.slice(20 * 50, 50 * 50))).toBeGreaterThan(0.1)
    expect(deviation(magnitude.slice(0, 15 * 50))).toBeLessThan(0.02)
  })

  test('desaturation: SpO2 falls to its lowest within 15 s and recovers', () => {
    const spo2 = valuesOf(run(4, 80, { kind: 'desaturation', atSeconds: 10, durationSeconds: 30 }), 'spo2')
    expect(Math.min(...spo2.slice(0, 10))).toBeGreaterThanOrEqual(94)
    expect(Math.abs(mean(spo2.slice(25, 40)) - 82)).toBeLessThan(1.5)
    expect(Math.min(...spo2.slice(65))).toBeGreaterThanOrEqual(94)
  })

  test('lead off: the device says so at that tick, the ECG is at the rail, and settles after lead on', () => {
    const records = run(4, 30, { kind: 'lead-off', atSeconds: 10.5, durationSeconds: 8 })
    const events = records.flatMap(({ record }) => (record.kind === 'event' ? [record] : []))
    expect(events.filter(({ code }) => code.startsWith('lead')).map(({ code, tick }) => ({ code, tick }))).toEqual([
      { code: 'lead-off', tick: 10_500_000 },
      { code: 'lead-on', tick: 18_500_000 },
    ])
    const ecg = valuesOf(records, 'ecg')
    expect(new Set(ecg.slice(12 * 250, 18 * 250))).toEqual(new Set([railMillivolts]))
    expect(Math.max(...ecg.slice(0, 10 * 250), ...ecg.slice(22 * 250))).toBeLessThan(2.5)
    // The pulse is measured elsewhere.
    expect(
      valuesOf(records, 'heartRate')
        .slice(12, 18)
        .every((rate) => rate > 40),
    ).toBe(true)
  })

  test('silence: nothing is heard, ticks and sequence go on, the gap counts what was lost', () => {
    const records = run(4, 30, { kind: 'silence', atSeconds: 10, durationSeconds: 12 })
    const heard = records.map(({ atMicros }) => atMicros / 1e6)
    expect(heard.filter((at) => at >= 10 && at < 22)).toEqual([])
    const after = records.find(({ atMicros }) => atMicros >= 22e6)
    const before = records.findLast(({ atMicros }) => atMicros < 10e6)
    // 12 seconds of 9 signals, and the hellos at 10 and 20 s.
    expect((after?.record.sequence ?? 0) - (before?.record.sequence ?? 0) - 1).toBe(12 * 9 + 2)
    expect(after?.record.tick).toBe(21e6)
    // The body went on as if nothing were: the same samples as without the silence.
    const unbroken = blocksOf(run(4, 30), 'ecg')
    expect(blocksOf(records, 'ecg').at(-1)?.values).toEqual(unbroken.at(-1)?.values)
  })

  test('repeats with its period', () => {
    const records = run(4, 70, { kind: 'lead-off', atSeconds: 5, durationSeconds: 2, everySeconds: 30 })
    const off = records.flatMap(({ record }) =>
      record.kind === 'event' && record.code === 'lead-off' ? [record.tick] : [],
    )
    expect(off).toEqual([5e6, 35e6, 65e6])
  })
})

describe('what is true', () => {
  const truth = (seconds: number, ...events: SimulatedEvent[]) => {
    const marks: TruthMark[] = []
    withOptions(4, seconds, events, { onTruth: (mark) => marks.push(mark) })
    return marks
  }

  test('is told in order of time, beats as integer µs', () => {
    const all = eventKinds.map((kind, i) => ({ kind, atSeconds: 1.5 + 2 * i, durationSeconds: 6 }) as SimulatedEvent)
    const times = truth(80, ...all).map((mark) => (mark.kind === 'beat' ? mark.tick : mark.from))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.every(Number.isInteger)).toBe(true)
  })

  test('names each event with its span, each time it happens', () => {
    const marks = truth(100, { kind: 'motion', atSeconds: 0, durationSeconds: 4, everySeconds: 30 })
    expect(marks.filter(({ kind }) => kind === 'event')).toEqual(
      [0, 30, 60, 90].map((at) => ({ kind: 'event', code: 'motion', from: at * 1e6, until: (at + 4) * 1e6 })),
    )
  })

  test('goes on while electrodes are off or nothing is heard, but knows no beats off the body', () => {
    const beats = (kind: EventKind) =>
      truth(40, { kind, atSeconds: 10, durationSeconds: 20 } as SimulatedEvent).filter(
        (mark) => mark.kind === 'beat' && mark.tick > 10e6 && mark.tick < 30e6,
      ).length
    expect(beats('lead-off')).toBeGreaterThan(15)
    expect(beats('silence')).toBe(beats('lead-off'))
    expect(beats('off-body')).toBe(0)
  })
})

describe('what the device says of itself', () => {
  const said = (...events: SimulatedEvent[]) =>
    run(4, 65, ...events).flatMap(({ record }) =>
      record.kind === 'event' ? [{ code: record.code, tick: record.tick, value: record.value }] : [],
    )

  test('a device that notices tells off-body and on-body, another nothing', () => {
    const off = { kind: 'off-body', atSeconds: 10, durationSeconds: 20 } as const
    expect(said({ ...off, tells: true }).map(({ code, tick }) => `${code} ${tick / 1e6}`)).toEqual([
      'battery 0',
      'off-body 10',
      'on-body 30',
      'battery 60',
      'session-end 65',
    ])
    expect(said(off).map(({ code }) => code)).toEqual(['battery', 'battery', 'session-end'])
  })

  test('a low battery is told at once and every minute', () => {
    const battery = said({ kind: 'low-battery', atSeconds: 20.5, durationSeconds: 100, toPercent: 4 })
    expect(battery.filter(({ code }) => code === 'battery')).toEqual([
      { code: 'battery', tick: 0, value: 95 },
      { code: 'battery', tick: 20.5e6, value: 4 },
      { code: 'battery', tick: 60e6, value: 4 },
    ])
  })
})

describe('the time of day', () => {
  test('moves heart rate and temperature by a little', () => {
    const at = (hour: number, signal: SignalName) => {
      const startEpochMicros = Date.UTC(2026, 0, 1, hour) * 1000
      return mean(valuesOf(withOptions(5, 120, [], { startEpochMicros, signals: [signal] }), signal).slice(20))
    }
    expect(at(16, 'heartRate') - at(4, 'heartRate')).toBeGreaterThan(3)
    expect(at(16, 'heartRate') - at(4, 'heartRate')).toBeLessThan(9)
    expect(at(17, 'temperature') - at(5, 'temperature')).toBeGreaterThan(0.4)
    expect(at(17, 'temperature') - at(5, 'temperature')).toBeLessThan(1)
  })
})

function magnitudes(records: TimedRecord[]): number[] {
  const [x, y, z] = (['accX', 'accY', 'accZ'] as const).map((signal) => valuesOf(records, signal))
  return (x ?? []).map((value, i) => Math.hypot(value, y?.[i] ?? NaN, z?.[i] ?? NaN))
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: number[]): number {
  const m = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - m) ** 2)))
}
