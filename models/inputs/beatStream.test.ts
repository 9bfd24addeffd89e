import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { artificialEcg, regularBeats } from './artificialEcg.ts'
import { type Beat, BeatStream, type BeatStreamSnapshot } from './beatStream.ts'
import { ecgBeatInput, ecgBeatInputLength } from './inputSchema.ts'

const rateHz = 250
const seconds = 30
const beatsAt = regularBeats(seconds)
const ecg = artificialEcg(rateHz, seconds, beatsAt, 0.02)

/** With a short and a long stretch missing. */
const holed = ecg.slice()
holed.fill(NaN, 12 * rateHz, 12 * rateHz + 5)
holed.fill(NaN, 20 * rateHz, 21 * rateHz)

const tickOf = (sample: number, rate = rateHz) => 1_000_003 + Math.round((sample * 1e6) / rate)

function run(stream: BeatStream, values: Float32Array, cuts: readonly number[] = [], from = 0): Beat[] {
  const borders = [...new Set([from, ...cuts.filter((cut) => cut > from && cut < values.length), values.length])]
  borders.sort((a, b) => a - b)
  return borders.slice(1).flatMap((end, i) => stream.push(tickOf(borders[i]!), values.subarray(borders[i], end)))
}

/** Bit for bit: NaN and the sign of zero count. */
function bits(beats: readonly Beat[]): string {
  return JSON.stringify(
    beats.map(({ input, ...beat }) => ({ ...beat, input: input && Buffer.from(input.buffer).toString('hex') })),
  )
}

const whole = bits(run(new BeatStream(rateHz), holed))
const cutPoints = fc.uniqueArray(fc.integer({ min: 1, max: holed.length - 1 }), { maxLength: 40 })

describe('BeatStream', () => {
  test('any split of the stream into blocks gives bit-identical beats', () => {
    fc.assert(
      fc.property(cutPoints, (cuts) => {
        expect(bits(run(new BeatStream(rateHz), holed, cuts)) === whole).toBe(true)
      }),
      { numRuns: 40 },
    )
    const everySample = Array.from(holed.keys())
    expect(bits(run(new BeatStream(rateHz), holed, everySample)) === whole).toBe(true)
  })

  test('a snapshot taken anywhere, through JSON, gives bit-identical beats afterwards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: holed.length }), (at) => {
        const stream = new BeatStream(rateHz)
        const before = run(stream, holed.subarray(0, at))
        const snapshot = JSON.parse(JSON.stringify(stream.snapshot())) as BeatStreamSnapshot
        const after = run(BeatStream.restore(snapshot), holed, [], at)
        expect(bits([...before, ...after]) === whole).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('a snapshot is not changed by what the stream does later', () => {
    const stream = new BeatStream(rateHz)
    run(stream, holed.subarray(0, 2000))
    const snapshot = stream.snapshot()
    const copy = JSON.stringify(snapshot)
    run(stream, holed, [], 2000)
    expect(JSON.stringify(snapshot)).toBe(copy)
  })

  test.each([100, 128, 250, 360, 500, 1000])('at %i Hz every beat is found, its R peak within 15 ms', (rate) => {
    const values = artificialEcg(rate, seconds, beatsAt, 0.02)
    const beats = new BeatStream(rate).push(0, values)
    expect(beats).toHaveLength(beatsAt.length)
    beats.forEach((beat, i) => expect(Math.abs(beat.tick / 1e6 - beatsAt[i]!)).toBeLessThan(0.015))
  })

  test('windows lie 250 ms before to 450 ms after R, inputs have the stated length and RR is the time between', () => {
    const beats = run(new BeatStream(rateHz), ecg)
    for (const [i, beat] of beats.entries()) {
      expect([beat.from, beat.to]).toEqual([beat.tick - 250_000, beat.tick + 450_000])
      expect(beat.input?.length ?? ecgBeatInputLength).toBe(ecgBeatInputLength)
      if (i > 0) expect(beat.rrSeconds).toBeCloseTo((beat.tick - beats[i - 1]!.tick) / 1e6, 5)
    }
    expect(beats[0]!.rrSeconds).toBeUndefined()
  })

  test('the first beats have no input, as the wearer is not known yet; all later ones have', () => {
    const beats = run(new BeatStream(rateHz), ecg)
    const known = beats.map((beat) => beat.input !== undefined)
    expect(known.indexOf(true)).toBe(9)
    expect(known.lastIndexOf(false)).toBe(8)
  })

  test('inputs do not depend on the amplitude of the signal', () => {
    const louder = run(
      new BeatStream(rateHz),
      ecg.map((value) => 4 * value),
    )
    run(new BeatStream(rateHz), ecg).forEach((beat, i) => {
      beat.input?.forEach((value, k) => expect(louder[i]!.input![k]).toBeCloseTo(value, 4))
    })
  })

  test('a premature beat of normal shape shows in the rhythm and hardly in the shape', () => {
    const early = beatsAt.map((at, i) => (i === 25 ? at - 0.3 : at))
    const usual = run(new BeatStream(rateHz), artificialEcg(rateHz, seconds, beatsAt))[25]!.input!
    const premature = run(new BeatStream(rateHz), artificialEcg(rateHz, seconds, early))[25]!.input!
    expect(premature[ecgBeatInput.points]!).toBeLessThan(-0.4)
    expect(Math.abs(usual[ecgBeatInput.points]!)).toBeLessThan(0.1)
    // The T wave before lies under its P wave; from QRS on it is the same beat.
    const qrs = ecgBeatInput.pointsBefore - 4
    for (let i = qrs; i < ecgBeatInput.points; i++) expect(Math.abs(premature[i]! - usual[i]!)).toBeLessThan(0.1)
  })

  test('a gap cuts the rhythm: the first beat after it has no RR, and beats whose windows it touches are incomplete', () => {
    const beats = run(new BeatStream(rateHz), holed)
    const first = beats.find((beat) => beat.tick > tickOf(21 * rateHz))!
    expect(first.rrSeconds).toBeUndefined()
    for (const { from, to, quality, input } of beats) {
      const touches = [
        [12, 12.02],
        [20, 21],
      ].some(([start, end]) => from < tickOf(end! * rateHz) - 8000 && to > tickOf(start! * rateHz) + 8000)
      if (touches) expect([quality.complete, input]).toEqual([false, undefined])
    }
    expect(beats.filter((beat) => beat.quality.complete).length).toBeGreaterThan(beats.length - 8)
  })

  test('a jump of the tick is a gap as missing samples are', () => {
    const [from, to] = [20 * rateHz, 21 * rateHz]
    const stream = new BeatStream(rateHz)
    const jumped = [...stream.push(tickOf(0), holed.subarray(0, from)), ...stream.push(tickOf(to), holed.subarray(to))]
    const complete = (beats: Beat[]) => bits(beats.filter((beat) => beat.quality.complete))
    expect(complete(jumped) === complete(run(new BeatStream(rateHz), holed))).toBe(true)
    expect(jumped.filter((beat) => !beat.quality.complete).length).toBeGreaterThan(0)
  })

  test('a stream that starts with nothing measured, or never has anything, gives no beats and no error', () => {
    const stream = new BeatStream(rateHz)
    expect(stream.push(0, new Float32Array(0))).toEqual([])
    expect(stream.push(0, new Float32Array(10 * rateHz).fill(NaN))).toEqual([])
    expect(stream.push(10e6, new Float32Array(20 * rateHz))).toEqual([])
  })

  test('a signal cut off at the rails is marked as saturated, and only where it is', () => {
    const railed = ecg.map((value, i) => (i > 15 * rateHz && value > 0.1 ? 2 : value))
    const beats = run(new BeatStream(rateHz), railed)
    const after = beats.filter((beat) => beat.from > tickOf(16 * rateHz))
    expect(after.filter((beat) => beat.quality.saturated).length).toBeGreaterThan(after.length / 2)
    expect(beats.filter((beat) => beat.to < tickOf(15 * rateHz)).some((beat) => beat.quality.saturated)).toBe(false)
    expect(run(new BeatStream(rateHz), ecg).some((beat) => beat.quality.saturated)).toBe(false)
  })

  test('more noise gives a higher noise figure', () => {
    const figures = [0, 0.05, 0.2].map((noise) => {
      const beats = run(new BeatStream(rateHz), artificialEcg(rateHz, seconds, beatsAt, noise))
      return beats.map((beat) => beat.quality.noise).sort((a, b) => a - b)[beats.length >> 1]!
    })
    expect(figures[1]).toBeGreaterThan(2 * figures[0]!)
    expect(figures[2]).toBeGreaterThan(4 * figures[1]!)
  })

  test('a segment is quiet where the heart stands still, and not where the signal moves, is cut off or missing', () => {
    const segmentAfter = (...parts: Float32Array[]) => {
      const stream = new BeatStream(rateHz)
      let sample = 0
      for (const part of parts) {
        stream.push(tickOf(sample), part)
        sample += part.length
      }
      return stream.segment()
    }
    const span = 5 * rateHz
    const wave = Float32Array.from({ length: span }, (_, i) => 0.6 * Math.sin((2 * Math.PI * 5 * i) / rateHz))
    expect(segmentAfter(ecg, new Float32Array(span).fill(0.02))).toBe('quiet')
    expect(segmentAfter(new Float32Array(span).fill(0.02))).toBe('quiet')
    expect(segmentAfter(ecg, wave)).toBe('moving')
    expect(segmentAfter(wave)).toBe('moving')
    expect(segmentAfter(ecg, new Float32Array(span).fill(5))).toBe('saturated')
    expect(segmentAfter(ecg, new Float32Array(span).fill(NaN))).toBe('gap')
    expect(segmentAfter(ecg)).toBe('quiet')
    expect(segmentAfter()).toBe('gap')
  })

  test('a snapshot of another version or another length is refused', () => {
    const snapshot = new BeatStream(rateHz).snapshot()
    expect(() => BeatStream.restore({ ...snapshot, version: 99 })).toThrow('version: expected 2, received 99')
    expect(() => BeatStream.restore({ ...snapshot, filter: '' })).toThrow('filter: expected 48 bytes, received 0')
  })
})
