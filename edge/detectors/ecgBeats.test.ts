import { beforeAll, describe, expect, it } from 'vitest'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import type { SegmentQuality } from '../../models/inputs/ecgQuality.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import type { Flow, Verdict } from '../flow.ts'
import { contacts } from '../stages/contact.ts'
import { motions } from '../stages/motion.ts'
import { beatAt } from '../testing/beats.ts'
import { emitted, flat, ofKind, stamp } from '../testing/run.ts'
import { ecgBeats } from './ecgBeats.ts'

let bundle: Bundle
beforeAll(async () => {
  bundle = await loadBundle(shippedBundle('ecg-beat'))
})

const seconds = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i)
const detector = (segment: SegmentQuality) => ecgBeats(bundle, contacts(), motions().devices, () => segment)
const verdicts = (items: readonly Flow[], segment: SegmentQuality = 'quiet'): Verdict[] =>
  ofKind(emitted(detector(segment).stage, items), 'verdict')
const beating = (count: number, from: number): Flow[] =>
  seconds(count, from).flatMap((second) => [flat(second), beatAt(second + 0.3, 1)])

describe('a stretch of the ECG without beats', () => {
  it.each<[SegmentQuality, string]>([
    ['quiet', 'no-beats'],
    ['moving', 'artifact'],
    ['saturated', 'saturated'],
    ['gap', 'gap'],
  ])('that is %s is not assessable because of "%s", each second until a beat comes', (segment, reason) => {
    const out = verdicts([...beating(5, 0), ...seconds(20, 5).map(flat), ...beating(3, 25)], segment)
    const stretches = out.filter(({ verdict }) => verdict === 'not-assessable')
    expect(stretches.length).toBeGreaterThan(14)
    expect(new Set(stretches.map((stretch) => 'reason' in stretch && stretch.reason))).toEqual(new Set([reason]))
    // From the end of the last verdict to the next beat, without a hole.
    let until = 4.75e6
    for (const stretch of stretches) {
      expect(stretch.tick).toBeLessThanOrEqual(until)
      until = stretch.untilTick
    }
    expect(until).toBeGreaterThanOrEqual(25e6)
    expect(out.slice(-2).every(({ verdict }) => verdict !== 'not-assessable')).toBe(true)
  })

  it('is told from the beginning where no beat ever came, and not of a slow heart', () => {
    expect(verdicts(seconds(10).map(flat))[0]).toMatchObject({ tick: 0, verdict: 'not-assessable', reason: 'no-beats' })
    const slow = seconds(40).flatMap((second) => [flat(second), ...(second % 4 === 0 ? [beatAt(second + 0.3, 4)] : [])])
    expect(verdicts(slow).filter(({ verdict }) => verdict === 'not-assessable')).toEqual([])
  })

  it('is not told twice of what did not arrive, and says the same when its state goes through disk', () => {
    const gap: Flow = { kind: 'gap', ...stamp(5), untilTick: 30e6 }
    const items = [...beating(5, 0), gap, ...seconds(10, 30).map(flat)]
    const straight = verdicts(items)
    const stretches = straight.filter(({ verdict }) => verdict === 'not-assessable')
    expect(stretches.map(({ tick }) => tick / 1e6)).toEqual([5, 30, 35, 36, 37, 38, 39])
    let moved = detector('quiet')
    const out = items.flatMap((item) => {
      const said = emitted(moved.stage, [item])
      const rows = moved.state.flatMap((state) => state.takeChanged())
      moved = detector('quiet')
      for (const state of moved.state) state.restore(rows)
      return said
    })
    expect(ofKind(out, 'verdict')).toEqual(straight)
  })
})

describe('a beat in what moves around it', () => {
  const judged = (ambient: number) => verdicts([beatAt(1, 0.5, 'wide', { ambient })])[0]!

  it('is anomalous only where its score cannot be of the noise', () => {
    const { score, threshold } = judged(0.05) as Verdict & { score: number; threshold: number }
    expect(score).toBeGreaterThan(threshold)
    const enough = 0.08 * Math.sqrt(score / threshold)
    expect(judged(enough - 0.001)).toMatchObject({ verdict: 'anomalous' })
    expect(judged(enough + 0.001)).toMatchObject({ verdict: 'not-assessable', reason: 'noise' })
  })
})
