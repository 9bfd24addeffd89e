import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vitalsInput, vitalsInputLength, vitalsScoredLength, vitalsSegments, vitalSignals } from './vitalsInput.ts'
import type { VitalSignal } from './vitalsInput.ts'
import type { Axis } from './vitalsMedians.ts'
import { VitalsStream, type VitalsStreamSnapshot } from './vitalsStream.ts'
import type { VitalsWindow } from './vitalsWindows.ts'

const start = 1_700_000_000_000_000 - (1_700_000_000_000_000 % 60_000_000)
const usual: Record<VitalSignal, number> = { heartRate: 62, respirationRate: 14, spo2: 97, skinTemperature: 33 }
const accelerationRateHz = 25

type Block = { signal: VitalSignal; at: number; value: number } | { signal: Axis; at: number; values: Float32Array }

function feed(stream: VitalsStream, blocks: readonly Block[]): VitalsWindow[] {
  return blocks.flatMap((block) =>
    'value' in block
      ? stream.value(block.signal, block.at, block.value)
      : stream.acceleration(block.signal, block.at, accelerationRateHz, block.values),
  )
}

/** One value of each signal every 10 s, wavering by `swing` spreads of 1 unit (skin: 0.1 °C), at rest. */
function worn(fromSeconds: number, seconds: number, of: Partial<typeof usual> = {}, everySeconds = 10): Block[] {
  const still = Float32Array.from({ length: accelerationRateHz }, (_, i) => 1 + 0.005 * Math.sin(i))
  const blocks: Block[] = []
  for (let second = fromSeconds; second < fromSeconds + seconds; second += everySeconds) {
    const at = start + second * 1e6
    for (const signal of vitalSignals) {
      const wave = Math.sin(second / 700) * (signal === 'skinTemperature' ? 0.2 : signal === 'spo2' ? 0.5 : 3)
      blocks.push({ signal, at, value: (of[signal] ?? usual[signal]) + wave })
    }
    blocks.push({ signal: 'accZ', at, values: still })
  }
  return blocks
}

const day = vitalsInput.baselineSeconds
const known = new VitalsStream()
feed(known, worn(0, day))
const knownSnapshot = JSON.stringify(known.snapshot())
const restored = (): VitalsStream => VitalsStream.restore(JSON.parse(knownSnapshot) as VitalsStreamSnapshot)

/** Twelve minutes in single seconds, with what sensors do: gaps, nonsense, a walk. */
const minutes = 12
const lively: Block[] = worn(day, minutes * 60, {}, 1).map((block, index) => {
  const second = (block.at - start) / 1e6 - day
  if ('value' in block) {
    if (block.signal === 'spo2' && second > 200 && second < 330) return { ...block, value: NaN }
    return index % 97 === 0 ? { ...block, value: [NaN, Infinity, -5, 1e9][index % 4]! } : block
  }
  const values = Float32Array.from(
    block.values,
    (_, i) => 1 + (second > 400 ? 0.3 : 0.004) * Math.sin(i * 1.3 + second),
  )
  return { ...block, values }
})

/** Bit for bit: NaN counts. */
function bits(windows: readonly VitalsWindow[]): string {
  return JSON.stringify(
    windows.map(({ input, ...window }) => ({ ...window, input: input && Buffer.from(input.buffer).toString('hex') })),
  )
}

const whole = bits(feed(restored(), lively))

describe('vitals stream', () => {
  test('the segments cover the input, and the scored part ends with the last scored signal', () => {
    expect(vitalsSegments.at(-1)!.to).toBe(vitalsInputLength)
    expect(vitalsSegments.every(({ from }, i) => from === (vitalsSegments[i - 1]?.to ?? 0))).toBe(true)
    expect(vitalsSegments.find(({ from }) => from === vitalsScoredLength)?.name).toBe('movement 0-60 s')
  })

  test('gives a window a minute, without input until 24 h have been worn', () => {
    const stream = new VitalsStream()
    const windows = feed(stream, worn(0, day + 900))
    expect(windows.every(({ from, to }) => to - from === 300e6 && to % 60e6 === 0)).toBe(true)
    const first = windows.find(({ input }) => input !== undefined)!
    expect((first.to - start) / 1e6).toBeGreaterThan(day)
    expect((first.to - start) / 1e6).toBeLessThanOrEqual(day + 60)
    expect(windows.filter(({ to }) => to < first.to).every(({ input }) => input === undefined)).toBe(true)
  })

  test('off the body no wear counts: the day is a day of measurements', () => {
    const stream = new VitalsStream()
    feed(stream, worn(0, day / 2))
    const windows = feed(stream, worn(2 * day, day / 2 - 600))
    expect(stream.windows.wornSeconds).toBeLessThan(day)
    expect(windows.some(({ input }) => input !== undefined)).toBe(false)
  })

  test('an input is the distance from the wearer’s own in the wearer’s own spread, by hand', () => {
    const window = feed(restored(), worn(day, 600, { heartRate: 80, skinTemperature: 31 })).at(-1)!
    // A wave of amplitude 3 has the median absolute deviation 3/√2, times 1.4826: 3.145; the skin's least spread is 0.3.
    expect(window.input![0]).toBeGreaterThan((80 - 3 - 62) / 3.4)
    expect(window.input![0]).toBeLessThan((80 + 3 - 62) / 2.9)
    expect(window.input![3 * vitalsInput.steps]).toBeCloseTo(-2 / 0.3, -0.5)
    // At rest: 0.005 g against 0.05 g.
    expect(window.input!.at(-1)).toBeLessThan(-0.8)
  })

  test('any cut of the acceleration and any order within a second give bit-identical windows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: accelerationRateHz }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (cuts, reversed) => {
          const cut = lively.flatMap((block): Block[] => {
            if ('value' in block) return [block]
            const pieces: Block[] = []
            for (let from = 0, n = 0; from < block.values.length; n++) {
              const to = Math.min(block.values.length, from + cuts[n % cuts.length]!)
              pieces.push({
                ...block,
                at: block.at + (from * 1e6) / accelerationRateHz,
                values: block.values.subarray(from, to),
              })
              from = to
            }
            return pieces
          })
          const secondOf = ({ at }: Block) => Math.floor(at / 1e6)
          const turn = reversed ? -1 : 1
          const rank = (block: Block) => ('value' in block ? turn * vitalSignals.indexOf(block.signal) : 9)
          const ordered = [...cut].sort((a, b) => secondOf(a) - secondOf(b) || rank(a) - rank(b))
          expect(bits(feed(restored(), ordered)) === whole).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('a snapshot taken anywhere, through JSON, gives bit-identical windows afterwards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: lively.length }), (at) => {
        const stream = restored()
        const before = feed(stream, lively.slice(0, at))
        const snapshot = JSON.parse(JSON.stringify(stream.snapshot())) as VitalsStreamSnapshot
        const after = feed(VitalsStream.restore(snapshot), lively.slice(at))
        expect(bits([...before, ...after]) === whole).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('a snapshot within the first day goes on learning the same', () => {
    const blocks = worn(0, day + 600)
    const all = new VitalsStream()
    const expected = bits(feed(all, blocks))
    const first = new VitalsStream()
    const before = feed(first, blocks.slice(0, 20_000))
    const after = feed(
      VitalsStream.restore(JSON.parse(JSON.stringify(first.snapshot())) as VitalsStreamSnapshot),
      blocks.slice(20_000),
    )
    expect(bits([...before, ...after]) === expected).toBe(true)
  })

  test('a snapshot of another version is refused', () => {
    const snapshot = known.snapshot()
    expect(() => VitalsStream.restore({ ...snapshot, windows: { ...snapshot.windows, version: 99 } })).toThrow(
      'vitals windows snapshot: version: expected 1, received 99',
    )
  })

  test('values out of range and not finite are as good as missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(NaN, Infinity, -Infinity, -1, 1e12),
        fc.constantFrom(...vitalSignals),
        (nonsense, signal) => {
          const blocks = worn(day, 420, {}, 1)
          const instead = blocks.map((block) =>
            'value' in block && block.signal === signal ? { ...block, value: nonsense } : block,
          )
          const without = blocks.filter((block) => block.signal !== signal)
          expect(bits(feed(restored(), instead))).toBe(bits(feed(restored(), without)))
        },
      ),
      { numRuns: 20 },
    )
  })

  test('a missing signal leaves the others, and says how much was measured', () => {
    const blocks = worn(day, 600, {}, 1).filter(({ signal }) => signal !== 'respirationRate')
    const window = feed(restored(), blocks).at(-1)!
    const steps = vitalsInput.steps
    expect([...window.input!.subarray(steps, 2 * steps)].every(Number.isNaN)).toBe(true)
    expect([...window.input!.subarray(0, steps)].some(Number.isNaN)).toBe(false)
    expect(window.measured).toBe(0.75)
  })

  test('at an activity that the wearer has never been seen at nothing is held against them', () => {
    const running = worn(day, 900, { heartRate: 160 }, 1).map((block) =>
      'values' in block ? { ...block, values: block.values.map((_, i) => (i % 2 ? 2 : 0)) } : block,
    )
    const last = feed(restored(), running).at(-1)!
    expect(last.measured).toBe(0)
  })

  test('without acceleration the activity is unknown, and has its own usual values', () => {
    const stream = restored()
    const blocks = worn(day, 900, {}, 1).filter(({ signal }) => signal !== 'accZ')
    expect(feed(stream, blocks).at(-1)!.measured).toBe(0)
    const other = new VitalsStream()
    feed(
      other,
      worn(0, day).filter(({ signal }) => signal !== 'accZ'),
    )
    expect(feed(other, blocks).at(-1)!.measured).toBe(1)
  })

  test('six hours of illness move the wearer’s own by an eighth of a spread, days by two at most', () => {
    const well = feed(restored(), worn(day, 360)).at(-1)!.input![0]!
    const ill = (hours: number) => {
      const stream = restored()
      feed(stream, worn(day, hours * 3600, { heartRate: 130 }))
      return well - feed(stream, worn(day + hours * 3600, 360)).at(-1)!.input![0]!
    }
    // The wave goes on meanwhile: compare with a stream that has only waited.
    const waited = (hours: number) => {
      const stream = restored()
      feed(stream, worn(day, hours * 3600))
      return well - feed(stream, worn(day + hours * 3600, 360)).at(-1)!.input![0]!
    }
    expect(ill(6) - waited(6)).toBeGreaterThan(0)
    expect(ill(6) - waited(6)).toBeLessThan(0.16)
    expect(ill(5 * 24) - waited(5 * 24)).toBeCloseTo(2, 0)
  })

  test('a jump of the clock costs neither memory nor time, and a corrected clock begins anew', () => {
    const stream = restored()
    feed(stream, worn(day, 600))
    const far = start + 400 * day * 1e6
    expect(stream.value('heartRate', far, 60).length).toBeLessThan(10)
    expect(stream.value('heartRate', far + 40e6, 60).length).toBeLessThan(10)
    stream.medians.beginAnew()
    stream.windows.beginAnew()
    expect(feed(stream, worn(day + 600, 600)).at(-1)!.measured).toBeGreaterThan(0.9)
  })
})
