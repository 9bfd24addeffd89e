import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../models/training/random.ts'
import { leastBreathConfidence, Respiration, type BreathSource, type RespirationEstimate } from './respiration.ts'

const rateHz = 50
type Input = { source: BreathSource; tick: number; values: Float32Array } | { beat: number; rrSeconds: number }

/** A person who breathes at this rate a minute, a second at a time; breath moves level, height and intervals. */
function breathing(seconds: number, perMinute: (s: number) => number, of: readonly BreathSource[], seed = 1): Input[] {
  const random = seededRandom(seed)
  const inputs: Input[] = []
  let [phase, beat, rr] = [0, 0.4, 0.8]
  const beats: number[] = []
  for (let second = 0; second < seconds; second++) {
    const ecg = new Float32Array(rateHz)
    const ppg = new Float32Array(rateHz)
    const before = beats.length
    for (let i = 0; i < rateHz; i++) {
      const t = second + i / rateHz
      phase += perMinute(t) / 60 / rateHz
      const breath = Math.sin(2 * Math.PI * phase)
      if (t >= beat + rr) {
        beat += rr
        beats.push(beat)
        rr = 0.8 + 0.04 * breath
      }
      const since = t - beat
      ecg[i] = (1 + 0.1 * breath) * Math.exp(-((since / 0.03) ** 2)) + 0.05 * breath + 0.02 * (random() - 0.5)
      ppg[i] = Math.exp(-(((since - 0.3) / 0.1) ** 2)) + 0.2 * breath + 0.05 * (random() - 0.5)
    }
    if (of.includes('ecg')) inputs.push({ source: 'ecg', tick: second * 1e6, values: ecg })
    // Beats of this second are told behind its samples.
    for (let k = before; of.includes('ecg') && k < beats.length; k++)
      inputs.push({ beat: Math.round(beats[k]! * 1e6), rrSeconds: beats[k]! - (beats[k - 1] ?? 0.4) })
    if (of.includes('ppg')) inputs.push({ source: 'ppg', tick: second * 1e6, values: ppg })
  }
  return inputs
}

function run(respiration: Respiration, inputs: readonly Input[]): RespirationEstimate[] {
  return inputs.flatMap((input) => {
    if ('source' in input) return respiration.push(input.source, rateHz, input.tick, input.values)
    respiration.beat(input.beat, input.rrSeconds)
    return []
  })
}

describe('Respiration', () => {
  test.each([[['ecg'] as const], [['ppg'] as const], [['ecg', 'ppg'] as const]])(
    'finds the rate of breath in %j',
    (of) => {
      const estimates = run(
        new Respiration(),
        breathing(90, () => 17, of),
      )
      expect(estimates.at(-1)!.perMinute).toBeCloseTo(17, 0)
      expect(estimates.at(-1)!.confidence).toBeGreaterThan(leastBreathConfidence)
      expect(estimates.at(-1)!.sources).toEqual(of)
      expect(estimates.every(({ tick }) => tick % 2e6 === 0)).toBe(true)
    },
  )

  test('follows from 12 to 30 a minute within 45 s', () => {
    const inputs = breathing(180, (s) => (s < 90 ? 12 : 30), ['ecg', 'ppg'])
    const estimates = run(new Respiration(), inputs)
    const at = (seconds: number) => estimates.find(({ tick }) => tick === seconds * 1e6)!.perMinute
    expect(at(88)).toBeCloseTo(12, 0)
    expect(at(136)).toBeCloseTo(30, 0)
  })

  test('is seldom sure of noise', () => {
    const random = seededRandom(7)
    const inputs = Array.from({ length: 300 }, (_, second): Input => {
      return { source: 'ppg', tick: second * 1e6, values: Float32Array.from({ length: rateHz }, () => random() - 0.5) }
    })
    const estimates = run(new Respiration(), inputs)
    expect(estimates.length).toBeGreaterThan(100)
    const sure = estimates.filter(({ confidence }) => confidence >= leastBreathConfidence)
    expect(sure.length / estimates.length).toBeLessThan(0.25)
  })

  test('says nothing while nothing is measured, and goes on afterwards', () => {
    const inputs = breathing(200, () => 15, ['ppg']).map((input) =>
      'source' in input && input.tick >= 80e6 && input.tick < 120e6
        ? { ...input, values: input.values.map(() => NaN) }
        : input,
    )
    const estimates = run(new Respiration(), inputs)
    expect(estimates.filter(({ tick }) => tick > 86e6 && tick < 120e6)).toEqual([])
    expect(estimates.at(-1)!.perMinute).toBeCloseTo(15, 0)
  })

  test('does not depend on how the blocks were cut', () => {
    const inputs = breathing(60, () => 17, ['ecg', 'ppg'])
    const expected = run(new Respiration(), inputs)
    expect(expected.length).toBeGreaterThan(10)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: rateHz - 1 }), (cut) => {
        const parts = inputs.flatMap((input): Input[] => {
          if (!('source' in input)) return [input]
          const { values, tick } = input
          const rest = { ...input, tick: tick + (cut * 1e6) / rateHz, values: values.subarray(cut) }
          return [{ ...input, values: values.subarray(0, cut) }, rest]
        })
        const cutUp = run(new Respiration(), parts)
        // A look comes with the next block: smaller ones bring the last look out earlier.
        expect(cutUp.slice(0, expected.length)).toEqual(expected)
      }),
      { numRuns: 8 },
    )
  })

  test('goes on the same after snapshot and restore at any block', () => {
    const inputs = breathing(60, () => 17, ['ecg', 'ppg'])
    const expected = run(new Respiration(), inputs)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: inputs.length }), (at) => {
        const before = new Respiration()
        const first = run(before, inputs.slice(0, at))
        const saved = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<Respiration['snapshot']>
        expect([...first, ...run(Respiration.restore(saved), inputs.slice(at))]).toEqual(expected)
      }),
      { numRuns: 15 },
    )
    expect(() => Respiration.restore({ ...new Respiration().snapshot(), version: 2 as 1 })).toThrow('expected 1')
  })

  test('makes up for what nobody wanted, and goes on the same after snapshot and restore meanwhile', () => {
    const inputs = breathing(120, (s) => (s < 60 ? 12 : 20), ['ecg', 'ppg'])
    const isWanted = (at: number): boolean => at < 40e6 || at >= 100e6
    const wanted = (moveAt: number): RespirationEstimate[] => {
      let respiration = new Respiration()
      return inputs.flatMap((input, i) => {
        if (i === moveAt)
          respiration = Respiration.restore(
            JSON.parse(JSON.stringify(respiration.snapshot())) as ReturnType<Respiration['snapshot']>,
          )
        if ('source' in input) return respiration.push(input.source, rateHz, input.tick, input.values, isWanted)
        respiration.beat(input.beat, input.rrSeconds)
        return []
      })
    }
    const all = run(new Respiration(), inputs)
    const some = wanted(-1)
    expect(some.map(({ tick }) => tick)).toEqual(all.map(({ tick }) => tick).filter(isWanted))
    const first = some.find(({ tick }) => tick === 100e6)!
    const sure = all.find(({ tick }) => tick === 100e6)!
    expect(first.confidence).toBeGreaterThan(leastBreathConfidence)
    expect(Math.abs(first.perMinute - sure.perMinute)).toBeLessThan(0.5)
    expect(wanted(Math.floor(inputs.length * 0.7))).toEqual(some)
  })

  test('survives any numbers, times and rates', () => {
    const block = fc.record({
      source: fc.constantFrom('ecg' as const, 'ppg' as const),
      rate: fc.constantFrom(10, 25, 125, 1000),
      tick: fc.integer({ min: 0, max: 1e9 }),
      values: fc.float32Array({ maxLength: 50 }),
    })
    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), (blocks) => {
        const respiration = new Respiration()
        for (const { source, rate, tick, values } of blocks) {
          for (const { perMinute } of respiration.push(source, rate, tick, values))
            expect(perMinute).toBeGreaterThan(3.9)
          respiration.beat(tick, 0.5)
        }
      }),
    )
  })
})
