import { describe, expect, it } from 'vitest'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import { alarmText } from '../alarms/text.ts'
import type { Flow } from '../flow.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import { emitted, epoch, event, heartRates, looks, ofKind, samples, stamp, vital } from '../testing/run.ts'
import { link } from './link.ts'
import { signalMissing } from './signalMissing.ts'
import { silence } from './silence.ts'

describe('link', () => {
  /** A link with the contact stage before it, as in the pipeline; `wearer` is worn from item to item. */
  function setUp() {
    const states = contacts()
    const contact = keepContact(states)
    const detector = link(states)
    const run = (items: readonly Flow[], wearer = 'w-1') =>
      items.flatMap((item) =>
        emitted(contact, [item]).flatMap((passed) =>
          emitted(detector.stage, ['kind' in passed && 'wearer' in passed ? { ...passed, wearer } : passed]),
        ),
      )
    return { run, detector, contact }
  }

  it('tells a lead that comes off and on again once each', () => {
    const out = setUp().run([event(1, 'lead-off'), event(2, 'lead-off'), event(5, 'lead-on'), event(6, 'lead-on')])
    expect(looks(out, 'lead-off')).toEqual([true, false])
  })

  it('does not hold against the next wearer what was over before, and tells them what still holds', () => {
    const { run, contact } = setUp()
    run([event(1, 'lead-off')])
    // Nobody wears it: the event reaches the contact stage only.
    emitted(contact, [event(2, 'lead-on')])
    expect(looks(run([vital(3, 'spo2', 97)], 'w-2'), 'lead-off')).toEqual([])
    emitted(contact, [event(4, 'lead-off')])
    expect(ofKind(run([vital(5, 'spo2', 97)], 'w-3'), 'finding')).toMatchObject([{ wearer: 'w-3', abnormal: true }])
  })

  it('tells a gap with its length, from beginning to end', () => {
    const out = setUp().run([{ kind: 'gap', ...stamp(10), untilTick: 14.5e6 }])
    expect(ofKind(out, 'finding')).toMatchObject([
      { abnormal: true, tick: 10e6, params: { seconds: 4.5 } },
      { abnormal: false, tick: 14.5e6 },
    ])
  })

  it('takes a device that was switched off as on again when it measures', () => {
    const { run, detector } = setUp()
    const out = run([event(1, 'session-end'), vital(9, 'spo2', 97), vital(10, 'spo2', 97)])
    expect(looks(out, 'device-off')).toEqual([true, false])
    expect(detector.isOff('d-1')).toBe(false)
  })
})

describe('a missing signal', () => {
  const ecg = (seconds: number, value: number) => samples(seconds, 'ecg', new Float32Array(250).fill(value), 250)
  const both = (from: number, to: number, value: number | undefined): Flow[] =>
    Array.from({ length: to - from }, (_, i) => [
      ...(value === undefined ? [] : [ecg(from + i, value)]),
      vital(from + i, 'spo2', 97),
    ]).flat()

  it.each([
    ['does not come any more', undefined],
    ['comes without a value', NaN],
  ])('that %s while the device goes on is told once, as not assessable, and ends', (_, value) => {
    const out = emitted(signalMissing(contacts()).stage, [
      ...both(0, 20, 0.1),
      ...both(20, 60, value),
      ...both(60, 65, 0.1),
    ])
    const found = ofKind(out, 'finding').map(({ about, abnormal, tick }) => [about, abnormal, tick])
    expect(found).toEqual([
      ['ecg', true, 20e6],
      ['ecg', false, 60e6],
    ])
    expect(ofKind(out, 'verdict').every((v) => v.verdict === 'not-assessable')).toBe(true)
    expect(ofKind(out, 'verdict').length).toBeGreaterThan(25)
  })

  it.each([
    ['half of it in pieces of 50 ms', (i: number) => i % 25 < 12],
    ['every tenth sample alone', (i: number) => i % 10 === 0],
  ])('is one that comes in pieces too short to be used: %s', (_, isThere) => {
    const pieces = (second: number) =>
      samples(
        second,
        'ecg',
        Float32Array.from({ length: 250 }, (_, i) => (isThere(i) ? 0.1 : NaN)),
        250,
      )
    const seconds = Array.from({ length: 40 }, (_, second) => second)
    const out = emitted(signalMissing(contacts()).stage, [
      ...seconds.slice(0, 10).map((second) => ecg(second, 0.1)),
      ...seconds.slice(10, 30).map(pieces),
      ...seconds.slice(30).map((second) => ecg(second, 0.1)),
    ])
    expect(ofKind(out, 'finding')).toMatchObject([
      { about: 'ecg', abnormal: true, tick: 11e6, params: { how: 'in pieces' } },
      { about: 'ecg', abnormal: false },
    ])
    expect(alarmText({ code: 'signal-missing', params: { signal: 'ecg', how: 'in pieces' }, devices: ['d'] })).toBe(
      'd measures ecg only in pieces too short to be used',
    )
  })

  it('is none where single samples are missing', () => {
    const holed = Float32Array.from({ length: 250 }, (_, i) => (i === 249 || i === 100 ? NaN : 0.1))
    const out = Array.from({ length: 60 }, (_, second) => samples(second, 'ecg', holed, 250))
    expect(looks(emitted(signalMissing(contacts()).stage, out), 'signal-missing')).toEqual([])
  })

  it('is a waveform that the device sends without ever a value, or says that it sends and does not', () => {
    const never = emitted(signalMissing(contacts()).stage, both(0, 20, NaN))
    expect(ofKind(never, 'finding')).toMatchObject([{ about: 'ecg', abnormal: true, tick: 0 }])
    const said: Flow = {
      kind: 'said',
      source: 's',
      device: 'd-1',
      receivedAt: epoch,
      record: {
        kind: 'hello',
        sequence: 0,
        bootId: 7,
        tick: 0,
        deviceId: 'd-1',
        firmware: '1',
        signals: ['ecg', 'spo2', 'bloodPressureSystolic'],
        detectsContact: false,
      },
    }
    const silent = emitted(signalMissing(contacts()).stage, [said, ...both(0, 200, undefined)])
    expect(ofKind(silent, 'finding').map(({ about }) => about)).toEqual(['ecg'])
  })

  it('says why, where the device does', () => {
    const searching: Flow = {
      kind: 'device-event',
      ...stamp(25),
      code: 'no-reading',
      signal: 'spo2',
      cause: 'searching',
    }
    const out = emitted(signalMissing(contacts()).stage, [
      ...Array.from({ length: 20 }, (_, s) => [vital(s, 'spo2', 97), ecg(s, 0.1)]).flat(),
      ...Array.from({ length: 20 }, (_, s) => [searching, ecg(20 + s, 0.1)]).flat(),
    ])
    expect(ofKind(out, 'finding')).toMatchObject([{ about: 'spo2', params: { signal: 'spo2', cause: 'searching' } }])
    const text = alarmText({ code: 'signal-missing', params: { signal: 'spo2', cause: 'poor-signal' }, devices: ['d'] })
    expect(text).toBe('d does not measure spo2: it says poor signal')
  })

  it('is not the intervals between beats for some minutes while the device still measures the pulse', () => {
    const withIntervals = (until: number, pulse: boolean) =>
      Array.from({ length: 400 }, (_, s) => [
        pulse ? vital(s, 'heartRate', 70) : vital(s, 'skinTemperature', 33),
        ...(s < 20 || s >= until ? [vital(s, 'rrInterval', 850)] : []),
      ]).flat()
    const told = (until: number, pulse: boolean) =>
      ofKind(emitted(signalMissing(contacts()).stage, withIntervals(until, pulse)), 'finding')
    expect(told(300, true)).toEqual([])
    expect(told(400, true)).toMatchObject([{ about: 'rrInterval', abnormal: true }])
    expect(told(100, false)).toMatchObject([{ about: 'rrInterval', abnormal: true }, { abnormal: false }])
  })

  it('is not one that comes once a minute, nor what a gap of the whole device took', () => {
    const slow = Array.from({ length: 400 }, (_, s) => [
      ecg(s, 0.1),
      ...(s % 60 === 0 ? [vital(s, 'spo2', 97)] : []),
    ]).flat()
    const afterFirst = ofKind(emitted(signalMissing(contacts()).stage, slow), 'finding').filter(
      ({ tick }) => tick > 60e6,
    )
    expect(afterFirst.filter(({ abnormal }) => abnormal)).toEqual([])
    const gap: Flow = { kind: 'gap', ...stamp(20), untilTick: 60e6 }
    expect(
      looks(
        emitted(signalMissing(contacts()).stage, [...both(0, 20, 0.1), gap, ...both(60, 70, 0.1)]),
        'signal-missing',
      ),
    ).toEqual([])
  })
})

describe('silence', () => {
  const tick = (seconds: number): Flow => ({ kind: 'tick', now: epoch + seconds * 1e6 })
  const book = new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }])
  const said = (record: WireRecord): Flow => ({ kind: 'said', source: 's', device: 'd-1', receivedAt: 0, record })
  const hello: WireRecord = {
    kind: 'hello',
    sequence: 0,
    bootId: 7,
    tick: 0,
    deviceId: 'd-1',
    firmware: '1',
    signals: [],
    detectsContact: true,
  }

  /** Runs items, each at its own second of the wall clock, whatever its stream time. */
  function run(items: readonly [seconds: number, item: Flow][], isOff = false, worn = book) {
    let wall = 0
    const { stage } = silence(
      worn,
      () => isOff,
      10,
      () => epoch + wall * 1e6,
    )
    return items.flatMap(([seconds, item]) => {
      wall = seconds
      return emitted(stage, [item])
    })
  }

  it('of a device that has spoken is told once, and ends with its next measurement', () => {
    const ticks = [0, 11, 12, 30, 32].map((s): [number, Flow] => [s, tick(s)])
    const out = run([
      ...ticks.slice(0, 1),
      [1, said(heartRates(0, 1, [60]))],
      [1, vital(1, 'spo2', 97)],
      ...ticks.slice(1, 4),
      [31, said(heartRates(1, 1.5, [60]))],
      [31, vital(1.5, 'spo2', 97)],
      ...ticks.slice(4),
    ])
    expect(looks(out, 'device-silent')).toEqual([false, true, false])
    expect(ofKind(out, 'finding')[1]).toMatchObject({ wearer: 'w-1', tick: 1e6, params: { everHeard: 'yes' } })
  })

  it('is told although the device goes on saying hello, or sends nothing but what it could not measure', () => {
    const words: Flow[] = [
      said(hello),
      said(heartRates(0, 0, [0, 0, 999])),
      said({
        kind: 'samples',
        sequence: 0,
        bootId: 7,
        tick: 0,
        signal: 'ecg',
        rateHz: 250,
        values: new Float32Array(250).fill(NaN),
      }),
    ]
    for (const word of words) {
      const out = run([
        [0, vital(0, 'spo2', 97)],
        ...Array.from(
          { length: 30 },
          (_, s) =>
            [
              [s, word],
              [s, tick(s)],
            ] as [number, Flow][],
        ).flat(),
      ])
      expect(looks(out, 'device-silent')).toEqual([false, true])
    }
  })

  it('gives a device that measures once a minute its time', () => {
    const rare: WireRecord = {
      kind: 'samples',
      sequence: 0,
      bootId: 7,
      tick: 0,
      signal: 'temperature',
      rateHz: 1 / 60,
      values: Float32Array.of(37),
    }
    const out = run(
      Array.from(
        { length: 300 },
        (_, s) =>
          [
            ...(s % 60 === 0
              ? [
                  [s, said(rare)],
                  [s, vital(s, 'spo2', 97)],
                ]
              : []),
            [s, tick(s)],
          ] as [number, Flow][],
      ).flat(),
    )
    expect(looks(out, 'device-silent')).toEqual([false])
  })

  it('is not found in a stream that never says hello, however long and however old its samples are', () => {
    const out = run(
      Array.from(
        { length: 60 },
        (_, s) =>
          [
            [s, said(heartRates(s, s / 100, [60]))],
            [s, vital(s / 100, 'spo2', 97)],
            [s, tick(s)],
          ] as [number, Flow][],
      ).flat(),
    )
    expect(looks(out, 'device-silent')).toEqual([false])
  })

  it('of a device that has never been heard is told too', () => {
    const out = run([0, 9, 10, 20].map((s) => [s, tick(s)]))
    expect(ofKind(out, 'finding')).toMatchObject([{ abnormal: true, params: { everHeard: 'no' } }])
  })

  it('is no news of a device that was switched off, or that nobody wears', () => {
    expect(
      looks(
        run(
          [0, 20].map((s) => [s, tick(s)]),
          true,
        ),
        'device-silent',
      ),
    ).toEqual([])
    const nobody = new AssignmentBook([{ device: 'd-1', wearer: 'w-1', to: '2025-01-01T00:00:00.000Z' }])
    expect(
      looks(
        run(
          [0, 20].map((s) => [s, tick(s)]),
          false,
          nobody,
        ),
        'device-silent',
      ),
    ).toEqual([])
  })
})
