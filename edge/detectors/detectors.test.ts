import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { emitted, epoch, event, flat, looks, ofKind, samples, stamp, vital } from '../testing/run.ts'
import { heartRateAtRest } from './heartRateAtRest.ts'
import { noBeats } from './noBeats.ts'
import { spo2Low } from './spo2Low.ts'

describe('heart rate at rest', () => {
  const still = Array.from({ length: 50 }, () => 0.5)
  const walking = Array.from({ length: 50 }, (_, i) => 0.5 + 0.3 * Math.sin(i / 4))

  it('is abnormal above the limit while the accelerometer is still', () => {
    const out = emitted(heartRateAtRest(130).stage, [
      samples(0, 'accX', still),
      vital(3, 'heartRate', 131),
      vital(4, 'heartRate', 130),
    ])
    expect(looks(out, 'heart-rate-high-at-rest')).toEqual([true, false])
  })

  it('is normal while walking', () => {
    const out = emitted(heartRateAtRest(130).stage, [samples(0, 'accX', walking), vital(3, 'heartRate', 165)])
    expect(looks(out, 'heart-rate-high-at-rest')).toEqual([false])
  })

  it('is the same however the samples were cut, and whatever single one is missing', () => {
    const whole = still.map((value, i) => (i === 7 ? NaN : value))
    const cut = [
      samples(0, 'accX', whole.slice(0, 10)),
      samples(0.2, 'accX', whole.slice(10, 35)),
      samples(0.7, 'accX', whole.slice(35)),
    ]
    for (const blocks of [[samples(0, 'accX', whole)], cut])
      expect(
        looks(emitted(heartRateAtRest(130).stage, [...blocks, vital(3, 'heartRate', 180)]), 'heart-rate-high-at-rest'),
      ).toEqual([true])
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
