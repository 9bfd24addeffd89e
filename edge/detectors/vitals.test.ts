import { describe, expect, it } from 'vitest'
import type { Bundle } from '../../models/bundle.ts'
import { vitalsInput, vitalsInputLength, vitalsScoredLength, vitalsSegments } from '../../models/inputs/vitalsInput.ts'
import { Scorer } from '../../models/scorer.ts'
import type { Flow } from '../flow.ts'
import { contacts, keepContact } from '../stages/contact.ts'
import { summarise, summaryStates } from '../stages/summaries.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import { emitted, epoch, event, ofKind, samples, stamp } from '../testing/run.ts'
import { Watch } from '../watch.ts'
import { vitals } from './vitals.ts'

/** Mean squared deviation, held against 4: no trained model, but the arithmetic of one. */
const scorer = new Scorer(
  [{ model: { length: vitalsInputLength, reconstruct: (_, out) => void out.fill(0) }, share: 1 }],
  {
    mean: new Float32Array(vitalsInputLength),
    scale: new Float32Array(vitalsInputLength).fill(1),
    weight: new Float32Array(vitalsInputLength).fill(1 / vitalsScoredLength, 0, vitalsScoredLength),
    segments: vitalsSegments,
  },
)
const bundle = {
  manifest: { name: 'vitals', threshold: { value: 4 }, card: { alarms: 'low priority' } },
  hash: 'h',
  scorer,
} as unknown as Bundle
const day = vitalsInput.baselineSeconds

interface Signs {
  heartRate: number
  respirationRate: number
  spo2: number
  skinTemperature: number
}
const usual: Signs = { heartRate: 62, respirationRate: 14, spo2: 97, skinTemperature: 33 }

function wear(fromSeconds: number, seconds: number, of: Partial<Signs> = {}, device = 'd-1'): Flow[] {
  const items: Flow[] = []
  for (let second = fromSeconds; second < fromSeconds + seconds; second += 10) {
    for (const [signal, value] of Object.entries({ ...usual, ...of }) as [keyof Signs, number][])
      items.push({ kind: 'vital', ...stamp(second, { device }), signal, value, from: 'device' })
    items.push({ ...samples(second, 'accX', [0, 0, 0]), device } as Flow)
  }
  return items
}

/** Detector and contact in one, over the same states for all calls. */
function running() {
  const states = contacts()
  const detector = vitals(bundle, states)
  const contact = keepContact(states)
  const run = (items: readonly Flow[]): Flow[] =>
    items.flatMap((item) => emitted(contact, [item]).flatMap((passed) => emitted(detector.stage, [passed])))
  return { detector, run }
}

describe('vitals', () => {
  it('is warming up for 24 h, advisory, and finds nothing in that time whatever comes', () => {
    const out = running().run([...wear(0, day - 1800), ...wear(day - 1800, 1800, { heartRate: 180 })])
    const verdicts = ofKind(out, 'verdict')
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['warming-up']))
    expect(verdicts.every(({ advisory }) => advisory)).toBe(true)
    expect(verdicts.length).toBeGreaterThan(1400)
    expect(ofKind(out, 'finding')).toEqual([])
  })

  it('then judges once a minute, names what stands out, and its parts sum to the score', () => {
    const { run } = running()
    run(wear(0, day))
    const well = ofKind(run(wear(day, 600)), 'finding')
    // Half of a window must lie after the first day, and the last minute is still open.
    expect(well.length).toBe(7)
    expect(well.every(({ abnormal }) => !abnormal)).toBe(true)
    const out = run(wear(day + 600, 600, { heartRate: 77, skinTemperature: 31.5 }))
    const found = ofKind(out, 'finding').at(-1)!
    expect(found).toMatchObject({ code: 'vitals-anomaly', abnormal: true })
    expect(found.params).toEqual({ signs: 'heart rate higher, skin temperature lower' })
    const { attribution, score } = found.evidence!
    expect(Object.values(attribution!).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score!, 6)
    const verdict = ofKind(out, 'verdict').at(-1)!
    expect(verdict.untilTick - verdict.tick).toBe(300e6)
    expect(verdict.sampledAt).toBe(epoch + verdict.tick)
    expect(found.tick).toBe(verdict.untilTick)
  })

  it('too little measured is not normal', () => {
    const { run } = running()
    run(wear(0, day))
    const out = run(wear(day, 900).filter((item) => item.kind !== 'vital' || item.signal === 'heartRate'))
    expect(ofKind(out, 'verdict').at(-1)).toMatchObject({ verdict: 'not-assessable' })
  })

  it('takes no values of a device that is off the body', () => {
    const { run } = running()
    run(wear(0, day))
    run([event(day, 'off-body')])
    expect(ofKind(run(wear(day, 900, { skinTemperature: 22 })), 'finding')).toEqual([])
  })

  it('puts together what two devices of one wearer measure, and speaks for one of them', () => {
    const { run } = running()
    const both = (from: number, seconds: number, of: Partial<Signs> = {}): Flow[] => {
      const chest = wear(from, seconds, of).filter((item) => item.kind !== 'vital' || item.signal !== 'spo2')
      const finger = wear(from, seconds, of, 'd-2').filter((item) => item.kind === 'vital' && item.signal === 'spo2')
      const at = (item: Flow) => ('sampledAt' in item ? item.sampledAt : 0)
      return [...chest, ...finger].sort((a, b) => at(a) - at(b))
    }
    run(both(0, day))
    const found = ofKind(run(both(day, 900, { spo2: 88 })), 'finding')
    expect(found.at(-1)!.params).toEqual({ signs: 'oxygen saturation lower' })
    expect(new Set(found.map(({ device }) => device))).toEqual(new Set(['d-1']))
  })

  it('keeps what it knows of a wearer over a restart of the gateway and of the device', () => {
    const first = running()
    first.run(wear(0, day))
    const rows = first.detector.state.flatMap((state) => state.takeChanged())
    const second = running()
    for (const state of second.detector.state) state.restore(rows)
    const out = second.run([{ kind: 'restart', ...stamp(day) }, ...wear(day, 900, { respirationRate: 24 })])
    expect(ofKind(out, 'verdict')[0]).toMatchObject({ verdict: 'not-assessable' })
    expect(ofKind(out, 'finding').at(-1)!.params).toEqual({ signs: 'breathing rate higher' })
  })

  it('decides neither whether the wearer is watched nor what was assessable', () => {
    const { run } = running()
    const out = run(wear(0, 600))
    expect(ofKind(out, 'verdict').some(({ verdict }) => verdict === 'warming-up')).toBe(true)
    const watch = new Watch(new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }]), () => 1)
    for (const item of out) watch.see(item)
    expect(watch.status('g', 'w-1', epoch + 600e6).notWatchingBecause).toBeUndefined()
    const stage = summarise(
      'g',
      summaryStates(() => 0),
      () => 0,
    )
    const minutes = ofKind(emitted(stage, out), 'summary').filter(({ summary }) => summary.spanSeconds === 60)
    expect(minutes.length).toBeGreaterThan(7)
    // A value every 10 s here, each of the seconds since the one before.
    expect(
      minutes.slice(1).every(({ summary }) => summary.assessableSeconds >= 50 && summary.anomalousBeats === 0),
    ).toBe(true)
  })
})
