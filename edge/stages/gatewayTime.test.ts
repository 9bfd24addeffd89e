import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SamplesRecord, WireRecord } from '../../firmware-bridge/records.ts'
import type { Flow, Samples } from '../flow.ts'
import { emitted, epoch, ofKind } from '../testing/run.ts'
import { onClock, timelines } from './clock.ts'
import { tellTime } from './gatewayTime.ts'

const ecg = (second: number, bootId = 7): SamplesRecord => ({
  kind: 'samples',
  sequence: 0,
  bootId,
  tick: second * 1e6,
  signal: 'ecg',
  rateHz: 250,
  values: new Float32Array(250),
})
const time = (second: number, epochMicros: number): WireRecord => ({
  kind: 'time',
  sequence: 0,
  bootId: 7,
  tick: second * 1e6,
  epochMicros: Math.round(epochMicros),
  uncertaintyMicros: 0,
})
const said = (record: WireRecord, receivedAt: number): Flow => ({
  kind: 'said',
  source: 's',
  device: 'd-1',
  receivedAt: Math.round(receivedAt),
  record,
})

function stages(states = timelines()) {
  const clock = onClock(states)
  const tell = tellTime(states)
  /** Each item through both before the next, as in the pipeline. */
  const run = (items: readonly Flow[]): Flow[] => {
    const out: Flow[] = []
    for (const item of items) clock(item, (judged) => tell(judged, (told) => out.push(told)))
    return out
  }
  return { states, run }
}

const soon: (second: number) => number = () => 0.05
/** A second of ECG each second of a crystal that is slow by `ppm`; it comes `delay` s after its end. */
function* device(seconds: number, ppm: number, { delay = soon, from = 0, speed = 1 } = {}) {
  for (let s = from; s < seconds; s++) {
    const end = epoch + (s + 1) * (1e6 + ppm)
    yield said(ecg(s), epoch + (end - epoch) / speed + delay(s) * 1e6)
  }
}
/** How far told time is from the true one, µs. */
const errorOf = ({ tick, sampledAt }: Samples, ppm: number): number =>
  sampledAt - Math.round(epoch + (tick * (1e6 + ppm)) / 1e6)

describe('gateway time', () => {
  it('by arrival follows a crystal that drifts: a day at 200 ppm ends within a tenth of a second, not 17 s off', () => {
    for (const ppm of [200, -200]) {
      const { states, run } = stages()
      const out = ofKind(run([...device(86_400, ppm)]), 'samples')
      expect(Math.abs(errorOf(out.at(-1)!, ppm))).toBeLessThan(100_000)
      expect(Math.max(...out.map((item) => Math.abs(errorOf(item, ppm))))).toBeLessThan(250_000)
      const quality = states.peek('d-1')?.quality
      expect(quality).toMatchObject({ source: 'arrival' })
      expect(quality?.driftPpm).toBeCloseTo(ppm, 0)
      expect(quality?.uncertaintyMicros).toBeLessThan(50_000)
    }
  }, 60_000)

  it('of a device that says the time at its start keeps its distance to the arrivals', () => {
    const ppm = 150
    const { states, run } = stages()
    const out = ofKind(run([said(time(0, epoch - 3e6), epoch), ...device(20_000, ppm)]), 'samples')
    // Its clock is 3 s behind, and stays so.
    expect(Math.abs(errorOf(out.at(-1)!, ppm) + 3e6)).toBeLessThan(150_000)
    expect(states.peek('d-1')?.quality).toMatchObject({ source: 'device' })
    expect(Math.abs((states.peek('d-1')?.quality?.offsetMicros ?? 0) + 3e6)).toBeLessThan(250_000)
  })

  it('of a device that says a time again and again that something keeps right follows that, at any speed', () => {
    const ppm = 120
    const { run } = stages()
    const items: Flow[] = []
    for (const [s, item] of [...device(7200, ppm, { speed: 100 })].entries()) {
      const record = time(s, epoch + s * (1e6 + ppm))
      if (s % 60 === 0) items.push(said(record, (item as Extract<Flow, { kind: 'said' }>).receivedAt))
      items.push(item)
    }
    const out = ofKind(run(items), 'samples')
    expect(Math.abs(errorOf(out.at(-1)!, ppm))).toBeLessThan(50_000)
  })

  it('of a recording that is played faster or slower is that of its start: its speed is no drift', () => {
    for (const speed of [100, 2, 0.5]) {
      const { run } = stages()
      const out = ofKind(run([said(time(0, epoch), epoch), ...device(7200, 0, { speed })]), 'samples')
      expect(new Set(out.map((item) => errorOf(item, 0)))).toEqual(new Set([0]))
    }
  })

  const drifting = fc.record({
    ppm: fc.integer({ min: -200, max: 200 }),
    delays: fc.array(fc.double({ min: 0.01, max: 0.5, noNaN: true }), { minLength: 53, maxLength: 53 }),
    says: fc.boolean(),
    cut: fc.integer({ min: 1, max: 4999 }),
  })
  it('property: never goes back, never hurries, is the same for the same tick and after a restart', () => {
    fc.assert(
      fc.property(drifting, ({ ppm, delays, says, cut }) => {
        const start = says ? [said(time(0, epoch), epoch)] : []
        const items = [...start, ...device(5000, ppm, { delay: (s) => delays[s % 53]! })]
        const { run, states } = stages()
        const out = ofKind(run(items), 'samples')
        const hurries = out.slice(1).map(({ sampledAt, tick }, i) => {
          const before = out[i]!
          return Math.abs((sampledAt - before.sampledAt) / (tick - before.tick) - 1)
        })
        expect(Math.max(...hurries)).toBeLessThan(600e-6)
        // Told again, as an alarm about it is.
        const again = ofKind(emitted(tellTime(states), out.slice(-1500).map(asJudged)), 'samples')
        expect(again.map(({ sampledAt }) => sampledAt)).toEqual(out.slice(-1500).map(({ sampledAt }) => sampledAt))
        const before = stages()
        const first = before.run(items.slice(0, cut))
        const restored = timelines()
        restored.restore(before.states.takeChanged())
        const rest = stages(restored).run(items.slice(cut))
        const times = (items: readonly Samples[]) => items.map(({ tick, sampledAt }) => `${tick} ${sampledAt}`)
        expect(times(ofKind([...first, ...rest], 'samples'))).toEqual(times(out))

        function asJudged(item: Samples): Samples {
          return { ...item, sampledAt: (states.peek('d-1')?.epochOfTickZero ?? 0) + item.tick }
        }
      }),
      { numRuns: 12, seed: 3 },
    )
  }, 60_000)

  it('goes with a gateway’s clock that is set, where it is by arrival; what was told before stays', () => {
    const hour = 3600e6
    for (const by of [hour, -hour, 56 * 365.25 * 24 * hour]) {
      const { run } = stages()
      const out: Flow[] = []
      for (let s = 0; s < 3000; s++) {
        const set = s < 1000 ? 0 : by
        out.push(...run([{ kind: 'tick', now: epoch + s * 1e6 + set, steadyMicros: s * 1e6 }]))
        out.push(...run([said(ecg(s), epoch + (s + 1) * 1e6 + set)]))
      }
      const errors = ofKind(out, 'samples').map((item) => errorOf(item, 0))
      expect(new Set(errors.slice(0, 1000))).toEqual(new Set([0]))
      expect(Math.max(...errors.slice(1000).map((error) => Math.abs(error - by)))).toBeLessThan(50_000)
      expect(ofKind(out, 'clock-step').map(({ tick }) => tick)).toEqual([1000e6])
    }
  })

  it('of a device that knows the time stays, whatever the gateway’s clock does', () => {
    const { run } = stages()
    const out = run([said(time(0, epoch), epoch)])
    for (let s = 0; s < 2000; s++) {
      const set = s < 1000 ? 0 : 3600e6
      out.push(...run([{ kind: 'tick', now: epoch + s * 1e6 + set, steadyMicros: s * 1e6 }]))
      out.push(...run([said(ecg(s), epoch + (s + 1) * 1e6 + set)]))
    }
    expect(new Set(ofKind(out, 'samples').map((item) => errorOf(item, 0)))).toEqual(new Set([0]))
    expect(ofKind(out, 'clock-step')).toEqual([])
  })

  it('of what belongs to the boot before is as it was at its end', () => {
    const { run, states } = stages()
    run([...device(10_000, 200)])
    const last = ofKind(run([...device(10_001, 200, { from: 10_000 })]), 'samples')[0]!
    run([said(ecg(0, 8), epoch + 10_100e6)])
    const gone: Flow = { ...last, sampledAt: epoch + last.tick }
    const told = ofKind(emitted(tellTime(states), [gone]), 'samples')[0]!
    expect(told.sampledAt - epoch - last.tick).toBeGreaterThan(1.5e6)
  })
})
