import { describe, expect, test } from 'vitest'
import type { Flow } from '../flow.ts'
import { emitted, event, ofKind, samples, vital } from '../testing/run.ts'
import { contacts as contactStates, keepContact } from './contact.ts'
import { waveformVitals, waveformVitalStates } from './waveformVitals.ts'

const rateHz = 50

/** A pulse of 75 and a breath of 15 a minute, second by second. */
const ppg = (from: number, to: number): Flow[] =>
  Array.from({ length: to - from }, (_, second) =>
    samples(
      from + second,
      'ppg',
      Array.from({ length: rateHz }, (_, i) => {
        const t = from + second + i / rateHz
        return Math.sin(2 * Math.PI * 1.25 * t) + 0.3 * Math.sin(2 * Math.PI * 0.25 * t)
      }),
      rateHz,
    ),
  )

function told(items: readonly Flow[]) {
  const contacts = contactStates()
  const [keep, derive] = [keepContact(contacts), waveformVitals(waveformVitalStates(), contacts)]
  const out = items.flatMap((item) => emitted(keep, [item])).flatMap((item) => emitted(derive, [item]))
  return ofKind(out, 'vital').filter(({ from }) => from === 'waveform')
}
const of = (vitals: ReturnType<typeof told>, signal: string) => vitals.filter((one) => one.signal === signal)

describe('waveformVitals', () => {
  test('tells pulse and breath of a PPG, stamped at the end of their windows', () => {
    const vitals = told(ppg(0, 70))
    expect(of(vitals, 'heartRate').at(-1)!.value).toBeCloseTo(75, 0)
    expect(of(vitals, 'respirationRate').at(-1)!.value).toBeCloseTo(15, 0)
    expect(of(vitals, 'respirationRate')[0]!.tick).toBeGreaterThanOrEqual(30e6)
    expect(of(vitals, 'heartRate')[0]!.tick).toBeGreaterThanOrEqual(8e6)
  })

  test('says no heart rate beside the one of the device, and takes over when that stops', () => {
    const items = ppg(0, 90).flatMap((item, second) => (second < 40 ? [vital(second, 'heartRate', 70), item] : [item]))
    const ticks = of(told(items), 'heartRate').map(({ tick }) => tick / 1e6)
    expect(ticks.filter((at) => at > 2 && at < 50)).toEqual([])
    expect(ticks.at(-1)).toBeGreaterThan(85)
  })

  test('says no breath beside the one of the device, and tells the same as ever as soon as that has stopped', () => {
    const beside = ppg(0, 90).flatMap((item, second) =>
      second < 60 ? [vital(second, 'respirationRate', 16), item] : [item],
    )
    const ticks = of(told(beside), 'respirationRate').map(({ tick }) => tick / 1e6)
    expect(ticks.filter((at) => at < 69)).toEqual([])
    expect(ticks[0]).toBe(70)
    const alone = of(told(ppg(0, 90)), 'respirationRate').filter(({ tick }) => tick >= 70e6)
    of(told(beside), 'respirationRate').forEach(({ tick, value }, i) => {
      expect(tick).toBe(alone[i]!.tick)
      expect(value).toBeCloseTo(alone[i]!.value, 1)
    })
  })

  test('says nothing of a device that is off the body', () => {
    const items = [...ppg(0, 60), event(60, 'off-body'), ...ppg(60, 120)]
    expect(told(items).filter(({ tick }) => tick > 66e6)).toEqual([])
  })

  test('tells the same when its state has moved', () => {
    const contacts = contactStates()
    const [before, after] = [waveformVitalStates(), waveformVitalStates()]
    const items = ppg(0, 80)
    const first = items.slice(0, 45).flatMap((item) => emitted(waveformVitals(before, contacts), [item]))
    after.restore(before.takeChanged())
    const rest = items.slice(45).flatMap((item) => emitted(waveformVitals(after, contacts), [item]))
    expect(ofKind([...first, ...rest], 'vital')).toEqual(told(items))
  })

  test('tells oxygen saturation of red and infrared, unless the device does', () => {
    const both = (second: number): Flow[] =>
      (['ppgRed', 'ppgInfrared'] as const).map((signal) => {
        const size = signal === 'ppgRed' ? 0.005 : 0.01
        const at = (i: number) => 1000 * (1 + size * Math.sin(2 * Math.PI * 1.25 * (second + i / rateHz)))
        return samples(
          second,
          signal,
          Array.from({ length: rateHz }, (_, i) => at(i)),
          rateHz,
        )
      })
    const seconds = Array.from({ length: 30 }, (_, second) => second)
    expect(of(told(seconds.flatMap(both)), 'spo2').at(-1)!.value).toBeCloseTo(97.5, 0)
    const beside = seconds.flatMap((second) => [...both(second), vital(second, 'spo2', 96)])
    expect(of(told(beside), 'spo2').filter(({ tick }) => tick > 2e6)).toEqual([])
  })

  test('a reboot begins anew', () => {
    const restart: Flow = { ...event(60, 'on-body'), kind: 'restart' } as Flow
    expect(
      of(told([...ppg(0, 60), restart, ...ppg(0, 30)]), 'respirationRate').filter(({ tick }) => tick < 30e6),
    ).toEqual([])
  })
})
