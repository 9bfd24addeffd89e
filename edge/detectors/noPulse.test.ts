import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { contacts } from '../stages/contact.ts'
import { emitted, ofKind, samples } from '../testing/run.ts'
import { noPulse } from './noPulse.ts'

const hz = 50
const pulse = (second: number) =>
  samples(
    second,
    'ppg',
    Array.from({ length: hz }, (_, i) => 1000 + 100 * Math.sin(2 * Math.PI * 1.2 * (second + i / hz))),
    hz,
  )
const still = (second: number) =>
  samples(
    second,
    'ppg',
    Array.from({ length: hz }, () => 1000),
    hz,
  )
const ecg = (second: number) => samples(second, 'ecg', new Float32Array(250), 250)
const stretch = (from: number, to: number, ...what: ((second: number) => Flow)[]): Flow[] =>
  Array.from({ length: to - from }, (_, i) => what.map((make) => make(from + i))).flat()
const told = (items: Flow[]) =>
  ofKind(emitted(noPulse(contacts()).stage, items), 'finding').map(({ code, abnormal, tick }) => [
    code,
    abnormal,
    Math.round(tick / 1e6),
  ])

describe('no pulse', () => {
  it('is told once, from where the pulse was lost, and is over when there is one again', () => {
    expect(told([...stretch(0, 30, pulse), ...stretch(30, 60, still), ...stretch(60, 75, pulse)])).toEqual([
      ['no-pulse', true, 31],
      ['no-pulse', false, 63],
    ])
  })

  it('is not told of moments, nor where an ECG watches the heart', () => {
    expect(told([...stretch(0, 30, pulse), ...stretch(30, 36, still), ...stretch(36, 60, pulse)])).toEqual([])
    expect(told([...stretch(0, 30, pulse, ecg), ...stretch(30, 90, still, ecg)])).toEqual([])
  })

  it('is told from the start, and once the ECG has gone', () => {
    expect(told(stretch(0, 30, still))).toEqual([['no-pulse', true, 2]])
    expect(told([...stretch(0, 30, still, ecg), ...stretch(30, 60, still)])).toEqual([
      ['no-pulse', true, expect.any(Number)],
    ])
  })

  it('passes on what stands still as missing, and everything else untouched', () => {
    const out = ofKind(
      emitted(noPulse(contacts()).stage, [...stretch(0, 30, pulse, ecg), ...stretch(30, 60, still)]),
      'samples',
    )
    const shares = out.map(({ values }) => values.filter(Number.isNaN).length / values.length)
    expect(shares.slice(0, 60).every((share) => share === 0)).toBe(true)
    expect(shares.slice(-20).every((share) => share === 1)).toBe(true)
  })
})
