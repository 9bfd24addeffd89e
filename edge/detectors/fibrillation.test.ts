import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import type { BeatLabel } from '../rhythm/beatLabels.ts'
import { contacts } from '../stages/contact.ts'
import { motions } from '../stages/motion.ts'
import { beatAt } from '../testing/beats.ts'
import { emitted, event, looks, ofKind, samples } from '../testing/run.ts'
import { fibrillation } from './fibrillation.ts'

const rateHz = 250
const wave = (second: number, hz = 5, millivolts = 0.8): Flow =>
  samples(
    second,
    'ecg',
    Array.from(
      { length: rateHz },
      (_, i) => (millivolts / 2) * Math.sin(2 * Math.PI * (hz * (second + i / rateHz) + Math.sin(second + i / rateHz))),
    ),
    rateHz,
  )
const seconds = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i)
const waves = (count: number, from = 0): Flow[] => seconds(count, from).map((second) => wave(second))
const flatLine = (count: number, from: number): Flow[] =>
  seconds(count, from).map((second) => samples(second, 'ecg', new Float32Array(rateHz), rateHz))

/** Waves with a beat of this label in each second. */
const withBeats = (count: number, label: BeatLabel, rr: number, quality = {}): Flow[] =>
  seconds(count).flatMap((second) => [
    wave(second),
    ...Array.from({ length: Math.floor(1 / rr) }, (_, i) => ({
      ...beatAt(second + 0.1 + i * rr, rr, 'narrow', quality),
      label,
    })),
  ])

const detector = (movement?: number) => {
  const motion = motions().devices
  if (movement !== undefined) motion.of('d-1').recent = seconds(32).map((second) => ({ second, movement }))
  return fibrillation(contacts(), motion)
}
const findings = (items: readonly Flow[], movement?: number) =>
  ofKind(emitted(detector(movement).stage, items), 'finding')

describe('fibrillation', () => {
  it('is told six seconds after its beginning, with onset, rate and height', () => {
    expect(findings(waves(5))).toEqual([])
    const [told] = findings(waves(6))
    expect(told).toMatchObject({ code: 'fibrillation', abnormal: true, tick: 0, params: { seconds: 5 } })
    expect(told!.params!['hz']).toBeGreaterThan(4)
  })

  it('is not hidden by beats that may be artifacts, ventricular ones, or ones faster than a sinus node', () => {
    for (const [label, rr, quality] of [
      ['doubtful', 0.25, { artifact: true }],
      ['obscured', 0.25, { artifact: true }],
      ['ventricular', 0.25, {}],
      ['supraventricular', 0.25, {}],
      ['unknown', 0.25, {}],
    ] as const)
      expect(findings(withBeats(8, label, rr, quality)).length, label).toBeGreaterThan(0)
  })

  it('is none while beats like the wearer’s own come, nor clear and slow ones before these are known', () => {
    expect(findings(withBeats(20, 'usual', 0.9))).toEqual([])
    expect(findings(withBeats(20, 'unknown', 0.5))).toEqual([])
  })

  it('is not told while the device itself is shaken, and told once it is not', () => {
    expect(findings(waves(20), 0.3)).toEqual([])
    expect(findings(waves(20), 0.05).length).toBeGreaterThan(0)
    expect(findings(waves(60), 0.3)[0]!.tick / 1e6).toBeGreaterThan(30)
  })

  it('is over five seconds after its end, once', () => {
    const over = looks(emitted(detector().stage, [...waves(10), ...flatLine(20, 10)]), 'fibrillation')
    expect(over.filter((abnormal) => !abnormal)).toHaveLength(1)
    expect(over.at(-1)).toBe(false)
  })

  it('asks for four seconds without a hole, and for electrodes that are on', () => {
    const holes = seconds(20).flatMap((second) => (second % 3 === 2 ? [] : [wave(second)]))
    expect(findings(holes)).toEqual([])
    const states = contacts()
    states.of('d-1').off = 'lead-off'
    expect(looks(emitted(fibrillation(states, motions().devices).stage, waves(20)), 'fibrillation')).toEqual([])
  })

  it('says the same when its state goes through disk after every item', () => {
    const items = [...waves(12), event(12, 'button'), ...flatLine(12, 12)]
    const straight = emitted(detector().stage, items)
    let moved = detector()
    const out = items.flatMap((item) => {
      const said = emitted(moved.stage, [item])
      const rows = moved.state.flatMap((state) => state.takeChanged())
      if (rows.length > 0) {
        moved = detector()
        for (const state of moved.state) state.restore(rows)
      }
      return said
    })
    expect(ofKind(out, 'finding')).toEqual(ofKind(straight, 'finding'))
    expect(ofKind(out, 'finding').length).toBeGreaterThan(2)
  })
})
