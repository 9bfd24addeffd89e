import { describe, expect, it } from 'vitest'
import type { SegmentQuality } from '../../models/inputs/ecgQuality.ts'
import type { Flow } from '../flow.ts'
import { alarmText } from '../alarms/text.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { emitted, epoch, event, flat, looks, ofKind, stamp } from '../testing/run.ts'
import { noBeats } from './noBeats.ts'

describe('no beats', () => {
  const run = (items: readonly Flow[], segment?: SegmentQuality) => {
    const states = contacts()
    const contact = keepContact(states)
    const detector = noBeats(states, () => segment).stage
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

  it('is told all the same where the signal moves, with that: fibrillation looks like moving electrodes', () => {
    const out = run([hello(true), ...[0, 1, 2, 3, 4].map(flat)], 'moving')
    const [finding] = ofKind(out, 'finding')
    expect(finding).toMatchObject({ abnormal: true, params: { contact: 'good', signal: 'moving' } })
    expect(alarmText({ code: 'no-beats', params: finding!.params!, devices: ['d-1'] })).toContain(
      'fibrillation or moving electrodes',
    )
  })

  it('is not asked while the lead is off, nor over a gap', () => {
    expect(looks(run([hello(true), event(0, 'lead-off'), ...[0, 1, 2, 3, 4, 5].map(flat)]), 'no-beats')).toEqual([])
    const gap: Flow = { kind: 'gap', ...stamp(3), untilTick: 60e6 }
    expect(looks(run([hello(true), ...[0, 1, 2].map(flat), gap, ...[60, 61, 62].map(flat)]), 'no-beats')).toEqual([])
  })
})
