import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { summarySchema } from '../messages.ts'
import { beatAt } from '../testing/beats.ts'
import { emitted, epoch, ofKind, stamp } from '../testing/run.ts'
import { coverageOf, summarise, summaryStates } from './summaries.ts'

const clock = () => epoch
const vital = (seconds: number, value: number): Flow => ({
  kind: 'vital',
  ...stamp(seconds),
  signal: 'heartRate',
  value,
  from: 'device',
})
const verdict = (seconds: number, of: { score: number } | { reason: string }): Flow => ({
  kind: 'verdict',
  ...stamp(seconds),
  detector: 'd',
  signals: ['ecg'],
  untilTick: seconds * 1e6 + 500_000,
  ...('score' in of
    ? { verdict: of.score > 3 ? 'anomalous' : 'normal', score: of.score, threshold: 3, attribution: {} }
    : { verdict: 'not-assessable', reason: of.reason }),
})
const summariesOf = (items: readonly Flow[], states = summaryStates(clock)) =>
  ofKind(emitted(summarise('gw', states, clock), items), 'summary').map(({ summary }) => summary)

describe('summaries', () => {
  it('hold the mean, the highest score and the count of a second, three seconds later', () => {
    const out = summariesOf([
      vital(0, 60),
      vital(0.5, 62),
      verdict(0.1, { score: 2 }),
      verdict(0.4, { score: 4 }),
      vital(2.9, 60),
    ])
    expect(out).toEqual([])
    const [first] = summariesOf([
      vital(0, 60),
      vital(0.5, 62),
      verdict(0.1, { score: 2 }),
      verdict(0.4, { score: 4 }),
      vital(3, 60),
    ])
    expect(summarySchema.parse(first)).toMatchObject({
      at: '2026-01-01T00:00:00.000Z',
      spanSeconds: 1,
      means: { heartRate: 61 },
      score: 4,
      threshold: 3,
      anomalousBeats: 1,
      assessableSeconds: 1,
    })
  })

  it('count a second in which something could not be judged as not assessable', () => {
    const states = summaryStates(clock)
    const out = summariesOf(
      [vital(0, 60), verdict(0, { reason: 'lead-off' }), vital(1, 60), vital(2, 60), vital(5, 60)],
      states,
    )
    expect(out.map(({ assessableSeconds }) => assessableSeconds)).toEqual([0, 1, 1])
    expect(coverageOf(states.peek('w-1'))).toBeCloseTo(2 / 3)
  })

  it('count the seconds between two values as assessable where a device sends every few seconds', () => {
    const every = (period: number) => {
      const states = summaryStates(clock)
      const values = Array.from({ length: 24 }, (_, i) => vital(i * period, 60))
      summariesOf(values, states)
      return coverageOf(states.peek('w-1'))
    }
    expect(every(5)).toBe(1)
    expect(every(10)).toBe(1)
    expect(every(20)).toBeLessThan(0.1)
  })

  it('of a minute come when the next minute has begun, and are the sum of its seconds', () => {
    const out = summariesOf(Array.from({ length: 70 }, (_, i) => vital(i, i < 30 ? 60 : 80)))
    const [minute] = out.filter(({ spanSeconds }) => spanSeconds === 60)
    expect(minute).toMatchObject({ at: '2026-01-01T00:00:00.000Z', means: { heartRate: 70 }, assessableSeconds: 60 })
  })

  /** Beats of one device, 0.8 and 0.84 s in turn: each difference 40 ms, each deviation 20 ms. */
  const beats = (device: string, from: number, to: number): Flow[] => {
    const out: Flow[] = []
    for (let [i, at] = [0, from]; at < to; i++, at += i % 2 ? 0.84 : 0.8) {
      const beat = beatAt(at, i === 0 ? undefined : i % 2 ? 0.84 : 0.8)
      out.push({ ...beat, ...stamp(at, { device }), label: 'usual' })
    }
    return out
  }
  const minutesOf = (items: readonly Flow[]) =>
    summariesOf(items).filter(({ spanSeconds, rmssdMillis }) => {
      if (spanSeconds === 1) expect(rmssdMillis).toBeUndefined()
      return spanSeconds === 60
    })

  it('of a minute say how the heart beat varied', () => {
    for (const minute of minutesOf(beats('d-1', 0, 250)).slice(0, 3)) {
      expect(summarySchema.parse(minute).rmssdMillis).toBe(40)
      expect(minute.sdnnMillis).toBeGreaterThanOrEqual(20)
      expect(minute.sdnnMillis).toBeLessThan(20.3)
    }
  })

  it('say nothing of it where too few beats are known or too many unlike the usual ones', () => {
    const minutes = minutesOf(
      beats('d-1', 0, 130).map((beat, i): Flow =>
        i % 4 || beat.kind !== 'beat' ? beat : { ...beat, label: 'ventricular' },
      ),
    )
    expect(minutes.length).toBeGreaterThan(0)
    for (const minute of minutes) expect(minute).not.toHaveProperty('rmssdMillis')
    expect(minutesOf([...beats('d-1', 30, 60), vital(70, 60), vital(75, 60)])[0]).not.toHaveProperty('sdnnMillis')
  })

  it('take the intervals of one of two devices, and of the other once that is silent', () => {
    const sorted = [...beats('d-1', 0, 130), ...beats('d-2', 0.3, 260)].sort((a, b) => secondsOf(a) - secondsOf(b))
    const minutes = minutesOf(sorted)
    expect(minutes.map(({ rmssdMillis }) => rmssdMillis)).toEqual([40, 40, 40, 40])
  })
  const secondsOf = (item: Flow) => ('sampledAt' in item ? item.sampledAt : 0)

  it('close when nothing more comes, the minute included', () => {
    const out = summariesOf([vital(0, 60), vital(1, 60), { kind: 'tick', now: epoch + 31e6 }])
    expect(out.map(({ spanSeconds, at }) => [spanSeconds, at.slice(17, 19)])).toEqual([
      [1, '00'],
      [1, '01'],
      [60, '00'],
    ])
  })

  it('close at once when the device is switched off', () => {
    const out = summariesOf([vital(0, 60), vital(1, 60), { kind: 'device-event', ...stamp(2), code: 'session-end' }])
    expect(out.map(({ spanSeconds }) => spanSeconds)).toEqual([1, 1, 60])
  })

  it('go on after the device’s clock was set back', () => {
    const states = summaryStates(clock)
    summariesOf([vital(86400, 60), vital(86410, 60)], states)
    const out = summariesOf([{ kind: 'restart', ...stamp(100) }, vital(100, 61), vital(110, 61)], states)
    expect(out.filter(({ spanSeconds, means }) => spanSeconds === 1 && means.heartRate === 61)).toHaveLength(1)
  })

  it('are the same when the state goes through disk at every step', () => {
    const items = Array.from({ length: 130 }, (_, i) => vital(i, 60 + (i % 7)))
    let states = summaryStates(clock)
    const moved = items.flatMap((item) => {
      const next = summaryStates(clock)
      next.restore(states.takeChanged())
      states = next
      return summariesOf([item], states)
    })
    expect(moved).toEqual(summariesOf(items))
    expect(moved.length).toBeGreaterThan(126)
  })
})
