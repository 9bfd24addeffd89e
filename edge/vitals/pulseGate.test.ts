import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom, smoothNoise } from '../../models/training/random.ts'
import { PulseGate } from './pulseGate.ts'

const rateHz = 64
const seconds = (count: number, value: (second: number) => number, hz = rateHz): Float32Array =>
  Float32Array.from({ length: count * hz }, (_, i) => value(i / hz))
const pulse =
  (perMinute: number, height = 100) =>
  (at: number): number =>
    1000 + height * Math.exp(-40 * ((((at * perMinute) / 60) % 1) - 0.2) ** 2)
const noise = (size: number, seed = 1) => {
  const random = seededRandom(seed)
  return () => 1000 + size * smoothNoise(random)
}
/** Share of the values that are kept, of each of these stretches in turn. */
const kept = (...stretches: Float32Array[]): number[] => {
  const gate = new PulseGate()
  let tick = 0
  return stretches.map((values) => {
    const { values: out } = gate.push(rateHz, tick, values)
    tick += (values.length * 1e6) / rateHz
    return out.filter((value) => !Number.isNaN(value)).length / values.length
  })
}

describe('PulseGate', () => {
  it.each([30, 60, 120, 200, 220])('keeps a pulse of %d a minute whole', (perMinute) => {
    expect(kept(seconds(30, pulse(perMinute)))).toEqual([1])
  })

  it('keeps an irregular pulse, one that grows ten times weaker, and movement many times larger', () => {
    const random = seededRandom(3)
    let phase = 0
    const irregular = seconds(60, () => {
      phase += (0.7 + 0.9 * random()) / rateHz
      return pulse(60)(phase)
    })
    const weak = seconds(60, pulse(70, 10))
    const moving = seconds(30, (at) => pulse(70)(at) + 2000 * Math.sin(2 * Math.PI * 1.6 * at))
    expect(kept(irregular, weak, moving, seconds(60, pulse(70)))).toEqual([1, 1, 1, 1])
  })

  it('lets nothing through where the signal stands still, at a limit, or is noise, after a pulse or from the start', () => {
    for (const still of [() => 1000, () => 4095, noise(0.5), noise(100)]) {
      expect(kept(seconds(60, pulse(70)), seconds(3, still), seconds(120, still))).toEqual([1, expect.anything(), 0])
      expect(kept(seconds(4, still), seconds(60, still))[1]).toBe(0)
    }
  })

  it('takes a pulse for one again within five seconds', () => {
    expect(kept(seconds(60, noise(3)), seconds(5, pulse(70)), seconds(60, pulse(70)))[2]).toBe(1)
  })

  it('says the same however blocks are cut, and goes on the same after its snapshot', () => {
    const whole = seconds(40, (at) => (at > 15 && at < 25 ? 1000 : pulse(70)(at)))
    const expected = new PulseGate().push(rateHz, 0, whole).values
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (lengths) => {
        let gate = new PulseGate()
        const out: number[] = []
        for (let i = 0; out.length < whole.length; i++) {
          const block = whole.subarray(out.length, out.length + lengths[i % lengths.length]!)
          gate = PulseGate.restore(JSON.parse(JSON.stringify(gate.snapshot())) as ReturnType<PulseGate['snapshot']>)
          out.push(...gate.push(rateHz, Math.round((out.length * 1e6) / rateHz), block).values)
        }
        expect(out).toEqual([...expected])
      }),
      { numRuns: 20 },
    )
  })
})
