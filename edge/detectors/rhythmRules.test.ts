import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { labelBeats, labelledHearts } from '../rhythm/labelBeats.ts'
import { contacts } from '../stages/contact.ts'
import { beatAt, beatsAfter } from '../testing/beats.ts'
import { emitted, looks, ofKind } from '../testing/run.ts'
import { irregularRhythm } from './irregularRhythm.ts'
import { motions } from '../stages/motion.ts'
import { pause } from './pause.ts'
import { ventricularRun } from './ventricularRun.ts'

const times = (count: number, rr: number): number[] => Array.from({ length: count }, () => rr)
const abnormal = (items: readonly Flow[], code: string) =>
  ofKind(items, 'finding').filter((finding) => finding.code === code && finding.abnormal)

describe('a pause', () => {
  const run = (rr: number, quality = {}, off = false) => {
    const states = contacts()
    if (off) states.of('d-1').off = 'lead-off'
    const items = [beatAt(1, undefined), beatAt(2, 1), beatAt(2 + rr, rr, 'narrow', quality), beatAt(3 + rr, 1)]
    return abnormal(emitted(pause(states).stage, items), 'pause')
  }

  it('is an interval of three seconds or more, with onset at the beat before it', () => {
    expect(run(2.99)).toEqual([])
    expect(run(3)).toMatchObject([{ tick: 2_000_000, params: { seconds: 3 } }])
    expect(run(5.9)).toHaveLength(1)
  })

  it('is left to "no beats" where that has told it, and is over with the beat after it', () => {
    expect(run(6)).toEqual([])
    const items = [beatAt(1, undefined), beatAt(5, 4)]
    expect(looks(emitted(pause(contacts()).stage, items), 'pause')).toEqual([false, true, false])
  })

  it('is not believed beside a doubtful beat, in movement, or with an electrode off', () => {
    expect(run(4, { artifact: true })).toEqual([])
    expect(run(4, { ambient: 0.2 })).toEqual([])
    expect(run(4, {}, true)).toEqual([])
  })
})

describe('a ventricular run', () => {
  const runOf = (beats: number, rr: number, quality: (index: number) => object = () => ({})): Flow[] => {
    let at = 24
    const wide = times(beats, rr).map((one, i) => beatAt((at += one), one, 'wide', quality(i)))
    const after = times(5, 0.8).map((one) => beatAt((at += one), one))
    return [...beatsAfter(times(30, 0.8)), ...wide, ...after]
  }
  const run = (...of: Parameters<typeof runOf>) => judged(runOf(...of))
  const judged = (beats: readonly Flow[]): Flow[] =>
    emitted(ventricularRun().stage, emitted(labelBeats(labelledHearts()), beats))

  it('is told from five beats on, at 100 a minute or more, with onset at the first', () => {
    expect(abnormal(run(4, 0.4), 'ventricular-run')).toEqual([])
    expect(abnormal(run(5, 0.4), 'ventricular-run')).toMatchObject([
      { tick: 24_400_000, params: { beats: 5, perMinute: 150 } },
    ])
    expect(abnormal(run(8, 0.61), 'ventricular-run')).toEqual([])
    expect(abnormal(run(8, 0.6), 'ventricular-run')).not.toEqual([])
  })

  it('takes fifteen beats while the device is shaken, as by running', () => {
    const told = (beats: number) => {
      const motion = motions().devices
      motion.of('d-1').recent = Array.from({ length: 60 }, (_, second) => ({ second, movement: 0.5 }))
      const labelled = emitted(labelBeats(labelledHearts()), runOf(beats, 0.4))
      return abnormal(emitted(ventricularRun(motion).stage, labelled), 'ventricular-run')
    }
    expect(told(14)).toEqual([])
    expect(told(15)).toMatchObject([{ tick: 24_400_000, params: { beats: 15, perMinute: 150 } }])
  })

  it('is over after three other beats', () => {
    expect(looks(run(6, 0.4), 'ventricular-run')).toEqual([true, true, false])
  })

  it('goes on in beats that may be artifacts only while they come regularly, and begins with none', () => {
    const artifact = { artifact: true, ambient: 0.4 }
    expect(
      abnormal(
        run(8, 0.35, (i) => (i < 2 ? {} : artifact)),
        'ventricular-run',
      ),
    ).not.toEqual([])
    expect(
      abnormal(
        run(8, 0.35, () => artifact),
        'ventricular-run',
      ),
    ).toEqual([])
  })

  it('is nothing that isolated ectopic beats make, however many', () => {
    const intervals = Array.from({ length: 600 }, (_, i) => [0.5, 1.1][i % 3] ?? 0.8)
    const items = judged(beatsAfter(intervals, (i) => i > 30 && i % 3 === 0))
    expect(ofKind(items, 'finding')).toEqual([])
  })
})

describe('an irregular rhythm', () => {
  const run = (intervals: readonly number[], wide: (index: number) => boolean = () => false): Flow[] =>
    emitted(irregularRhythm().stage, emitted(labelBeats(labelledHearts()), beatsAfter(intervals, wide)))
  let seed = 7
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
  const unordered = Array.from({ length: 200 }, () => 0.4 + 0.5 * random())

  it('is found in intervals without order, not in steady ones', () => {
    expect(abnormal(run(unordered), 'irregular-rhythm').length).toBeGreaterThan(100)
    expect(abnormal(run(times(200, 0.8)), 'irregular-rhythm')).toEqual([])
  })

  it('is not said of the intervals around ventricular-like beats', () => {
    const steadyButEctopic = Array.from({ length: 300 }, (_, i) => (i > 30 && i % 4 === 0 ? 0.4 + 0.3 * random() : 0.8))
    expect(
      abnormal(
        run(steadyButEctopic, (i) => i > 30 && i % 4 === 0),
        'irregular-rhythm',
      ),
    ).toEqual([])
  })
})
