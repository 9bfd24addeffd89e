import { describe, expect, it } from 'vitest'
import type { Flow, Samples } from '../flow.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import { emitted, epoch, ofKind, stamp } from '../testing/run.ts'
import { heartRateAtRest } from './heartRateAtRest.ts'
import { link } from './link.ts'
import { noBeats } from './noBeats.ts'
import { silence } from './silence.ts'
import { spo2Low } from './spo2Low.ts'

const vital = (seconds: number, signal: 'heartRate' | 'spo2', value: number): Flow => ({
  kind: 'vital',
  ...stamp(seconds),
  signal,
  value,
})
const samples = (seconds: number, signal: Samples['signal'], values: ArrayLike<number>, rateHz = 50): Flow => ({
  kind: 'samples',
  ...stamp(seconds),
  signal,
  rateHz,
  values: Float32Array.from(values),
})
const event = (seconds: number, code: Extract<Flow, { kind: 'device-event' }>['code']): Flow => ({
  kind: 'device-event',
  ...stamp(seconds),
  code,
})
const flat = (seconds: number): Flow => samples(seconds, 'ecg', new Float32Array(250), 250)
const looks = (items: readonly Flow[], code: string) =>
  ofKind(items, 'finding')
    .filter((f) => f.code === code)
    .map(({ abnormal }) => abnormal)

describe('heart rate at rest', () => {
  const still = Array.from({ length: 50 }, () => 0.5)
  const walking = Array.from({ length: 50 }, (_, i) => 0.5 + 0.3 * Math.sin(i / 4))

  it('is abnormal above the limit while the accelerometer is still', () => {
    const out = emitted(heartRateAtRest(130).stage, [
      samples(0, 'accX', still),
      vital(1, 'heartRate', 131),
      vital(2, 'heartRate', 130),
    ])
    expect(looks(out, 'heart-rate-high-at-rest')).toEqual([true, false])
  })

  it('is normal while walking', () => {
    const out = emitted(heartRateAtRest(130).stage, [samples(0, 'accX', walking), vital(1, 'heartRate', 165)])
    expect(looks(out, 'heart-rate-high-at-rest')).toEqual([false])
  })

  it('without an accelerometer is held against the limit, and says that activity is unknown', () => {
    const [found] = ofKind(emitted(heartRateAtRest(130).stage, [vital(1, 'heartRate', 165)]), 'finding')
    expect(found).toMatchObject({ abnormal: true, params: { activity: 'unknown', heartRatePerMinute: 165 } })
  })
})

describe('oxygen saturation', () => {
  it('is abnormal below the limit only', () => {
    const out = emitted(spo2Low(88).stage, [vital(0, 'spo2', 88), vital(1, 'spo2', 87.9)])
    expect(looks(out, 'spo2-low')).toEqual([false, true])
  })
})

describe('no beats', () => {
  const run = (items: readonly Flow[]) => {
    const states = contacts()
    const contact = keepContact(states)
    const detector = noBeats(states).stage
    return items.flatMap((item) => emitted(contact, [item]).flatMap((passed) => emitted(detector, [passed])))
  }
  const hello = (detectsContact: boolean): Flow => ({
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
      signals: ['ecg'],
      detectsContact,
    },
  })

  it('is found four and a half seconds after the last moment at which there could have been one', () => {
    const out = run([hello(true), ...[0, 1, 2, 3, 4].map(flat)])
    expect(ofKind(out, 'finding')).toMatchObject([{ abnormal: true, tick: 0, params: { seconds: 5, contact: 'good' } }])
  })

  it('says so where the device cannot tell whether an electrode is off', () => {
    const out = run([hello(false), ...[0, 1, 2, 3, 4].map(flat)])
    expect(ofKind(out, 'finding')[0]).toMatchObject({ params: { contact: 'unknown' } })
  })

  it('is not asked while the lead is off, nor over a gap', () => {
    expect(looks(run([hello(true), event(0, 'lead-off'), ...[0, 1, 2, 3, 4, 5].map(flat)]), 'no-beats')).toEqual([])
    const gap: Flow = { kind: 'gap', ...stamp(3), untilTick: 60e6 }
    expect(looks(run([hello(true), ...[0, 1, 2].map(flat), gap, ...[60, 61, 62].map(flat)]), 'no-beats')).toEqual([])
  })
})

describe('link', () => {
  it('tells a lead that comes off and on again once each', () => {
    const out = emitted(link().stage, [
      event(1, 'lead-off'),
      event(2, 'lead-off'),
      event(5, 'lead-on'),
      event(6, 'lead-on'),
    ])
    expect(looks(out, 'lead-off')).toEqual([true, true, false])
  })

  it('tells a gap with its length, from beginning to end', () => {
    const out = emitted(link().stage, [{ kind: 'gap', ...stamp(10), untilTick: 14.5e6 }])
    expect(ofKind(out, 'finding')).toMatchObject([
      { abnormal: true, tick: 10e6, params: { seconds: 4.5 } },
      { abnormal: false, tick: 14.5e6 },
    ])
  })

  it('takes a device that was switched off as on again when it measures', () => {
    const detector = link()
    const out = emitted(detector.stage, [event(1, 'session-end'), vital(9, 'spo2', 97), vital(10, 'spo2', 97)])
    expect(looks(out, 'device-off')).toEqual([true, false])
    expect(detector.isOff('d-1')).toBe(false)
  })
})

describe('silence', () => {
  const tick = (seconds: number): Flow => ({ kind: 'tick', now: epoch + seconds * 1e6 })
  const book = new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }])

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
      [1, vital(1, 'spo2', 97)],
      ...ticks.slice(1, 4),
      [31, vital(1.5, 'spo2', 97)],
      ...ticks.slice(4),
    ])
    expect(looks(out, 'device-silent')).toEqual([false, true, false])
    expect(ofKind(out, 'finding')[1]).toMatchObject({ wearer: 'w-1', tick: 1e6, params: { everHeard: 'yes' } })
  })

  it('is not found in a stream that never says hello, however long and however old its samples are', () => {
    const out = run(
      Array.from(
        { length: 60 },
        (_, s) =>
          [
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
