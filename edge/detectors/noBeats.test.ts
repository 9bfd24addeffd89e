import { describe, expect, it } from 'vitest'
import type { SegmentQuality } from '../../models/inputs/ecgQuality.ts'
import { alarmText } from '../alarms/text.ts'
import type { Flow } from '../flow.ts'
import type { BeatLabel } from '../rhythm/beatLabels.ts'
import { contacts } from '../stages/contact.ts'
import { motions } from '../stages/motion.ts'
import { beatAt } from '../testing/beats.ts'
import { emitted, flat, looks, ofKind, samples } from '../testing/run.ts'
import { noBeats } from './noBeats.ts'

const seconds = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i)
const run = (items: readonly Flow[], segment: SegmentQuality = 'moving', movement?: number): Flow[] => {
  const motion = motions().devices
  if (movement !== undefined) motion.of('d-1').recent = seconds(32).map((second) => ({ second, movement }))
  return emitted(noBeats(contacts(), () => segment, motion).stage, items)
}
/** Seconds of ECG, each with a beat of this kind. */
const beating = (count: number, label: BeatLabel, quality: object, from = 0, rr = 1): Flow[] =>
  seconds(count, from).flatMap((second) => [flat(second), { ...beatAt(second + 0.3, rr, 'narrow', quality), label }])
const artifact = { artifact: true, ambient: 0.4 }
const abnormal = (items: readonly Flow[]) => ofKind(items, 'finding').filter((finding) => finding.abnormal)

describe('no beats', () => {
  it('is held off by what may be artifacts for ten seconds only', () => {
    expect(abnormal(run(beating(9, 'doubtful', artifact)))).toEqual([])
    expect(abnormal(run(beating(14, 'doubtful', artifact)))[0]).toMatchObject({
      code: 'no-beats',
      params: { seconds: 10, signal: 'moving' },
    })
  })

  it('is held off by clear beats, and by ones like the wearer’s own that come as a heart’s do', () => {
    expect(abnormal(run(beating(40, 'ventricular', { ambient: 0.2 })))).toEqual([])
    expect(abnormal(run(beating(40, 'obscured', artifact)))).toEqual([])
    expect(abnormal(run(beating(40, 'obscured', artifact, 0, 0.25)))).not.toEqual([])
  })

  it('becomes "cannot be read" after twenty seconds where the device is shaken', () => {
    const told = abnormal(run(beating(25, 'doubtful', artifact), 'moving', 0.3))
    expect(told[0]).toMatchObject({ code: 'ecg-unreadable', params: { seconds: 20 } })
    expect(told.every(({ code }) => code === 'ecg-unreadable')).toBe(true)
    expect(alarmText({ code: 'ecg-unreadable', params: told[0]!.params!, devices: ['d-1'] })).toContain('20 s')
    const both = run([...beating(32, 'doubtful', artifact), ...beating(20, 'doubtful', artifact, 32)], 'moving', 0.3)
    expect(abnormal(both).at(-1)).toMatchObject({ code: 'no-beats' })
  })

  it('says of an ECG at a rate at which no beat can be found that nobody watches it, until one is', () => {
    const slow = seconds(3).map((second): Flow => ({
      ...(flat(second) as Extract<Flow, { kind: 'samples' }>),
      rateHz: 99,
    }))
    const told = run([...slow, ...beating(2, 'usual', {}, 3)])
    expect(looks(told, 'ecg-unreadable')).toEqual([true, true, true, false])
    const text = alarmText({ code: 'ecg-unreadable', params: abnormal(told)[0]!.params!, devices: ['d-1'] })
    expect(text).toContain('comes at 99 Hz')
  })

  it('is told of a silent heart at once even while the device is shaken', () => {
    expect(abnormal(run(seconds(5).map(flat), 'quiet', 0.3))[0]).toMatchObject({ code: 'no-beats' })
  })

  it('once told ends with a beat in quiet or one like the wearer’s own, not with a wave that comes again and again', () => {
    const silent = seconds(6).map(flat)
    const after = (label: BeatLabel, quality: object) =>
      looks(run([...silent, ...beating(3, label, quality, 6)]), 'no-beats').includes(false)
    expect(after('ventricular', { ambient: 0.3 })).toBe(false)
    expect(after('unknown', { ambient: 0.3 })).toBe(false)
    expect(after('doubtful', { ambient: 0.02 })).toBe(false)
    expect(after('usual', { ambient: 0.3 })).toBe(true)
    expect(after('ventricular', { ambient: 0.02 })).toBe(true)
  })

  it('is told although the last sample of each block is missing, and whatever is missing for a moment', () => {
    const last = new Float32Array(250).fill(0.1)
    last[249] = NaN
    expect(abnormal(run(seconds(6).map((at) => samples(at, 'ecg', last, 250)))).length).toBeGreaterThan(0)
    const holed = new Float32Array(250).fill(0.1).fill(NaN, 100, 120)
    const every3 = seconds(20).map((at) => samples(at, 'ecg', at % 3 === 0 ? holed : last, 250))
    expect(abnormal(run(every3)).length).toBeGreaterThan(0)
  })

  it('is not said of pieces in which no beat could be found', () => {
    const pieces = Float32Array.from({ length: 250 }, (_, i) => (i % 25 < 12 ? 0.1 : NaN))
    expect(abnormal(run(seconds(60).map((at) => samples(at, 'ecg', pieces, 250))))).toEqual([])
  })
})
