import { describe, expect, it } from 'vitest'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { Flow } from '../flow.ts'
import { emitted, epoch, heartRates, ofKind } from '../testing/run.ts'
import { isPast, onClock, timelines } from './clock.ts'

const said = (record: WireRecord, receivedAt = epoch): Flow => ({
  kind: 'said',
  source: 's',
  device: 'd-1',
  receivedAt,
  record,
})
const time = (tick: number, epochMicros: number, bootId = 7): WireRecord => ({
  kind: 'time',
  sequence: 0,
  bootId,
  tick,
  epochMicros,
  uncertaintyMicros: 0,
})
const ecg = (seconds: number, count: number, bootId = 7): WireRecord => ({
  kind: 'samples',
  sequence: 0,
  bootId,
  tick: seconds * 1e6,
  signal: 'ecg',
  rateHz: 250,
  values: new Float32Array(count),
})

describe('clock', () => {
  it('takes the device’s own time of day where it came before the first sample', () => {
    const out = emitted(onClock(timelines()), [
      said(time(1_000_000, epoch + 5_000_000)),
      said(heartRates(1, 2, [61, 62])),
    ])
    expect(ofKind(out, 'vital').map(({ sampledAt, value }) => [sampledAt - epoch, value])).toEqual([
      [6_000_000, 61],
      [7_000_000, 62],
    ])
  })

  it('takes the arrival of the first sample otherwise, and keeps it for the boot', () => {
    const out = emitted(onClock(timelines()), [
      said(ecg(10, 250), epoch),
      said(time(0, 0)),
      said(ecg(11, 250), epoch + 9e6),
    ])
    expect(ofKind(out, 'samples').map(({ sampledAt }) => sampledAt - epoch)).toEqual([-1_000_000, 0])
  })

  it('tells a hole of more than a second as a gap, and a shorter one not', () => {
    const out = emitted(onClock(timelines()), [said(ecg(0, 250)), said(ecg(2, 250)), said(ecg(4.5, 250))])
    expect(ofKind(out, 'gap').map(({ tick, untilTick }) => [tick, untilTick])).toEqual([[3_000_000, 4_500_000]])
  })

  it('tells a new boot id as a restart and not as a gap', () => {
    const out = emitted(onClock(timelines()), [said(ecg(100, 250)), said(ecg(0, 250, 8)), said(ecg(1, 250, 8))])
    expect(ofKind(out, 'restart').map(({ bootId }) => bootId)).toEqual([8])
    expect(ofKind(out, 'gap')).toEqual([])
  })

  it('takes the device’s time after a reboot too, whatever it says before', () => {
    const hello = (bootId: number): WireRecord => ({
      kind: 'hello',
      sequence: 0,
      bootId,
      tick: 0,
      deviceId: 'd-1',
      firmware: '1',
      signals: [],
      detectsContact: true,
    })
    const boot = (bootId: number, at: number): Flow[] => [
      said(hello(bootId), at),
      said(time(0, at - 7e6, bootId), at),
      said(ecg(0, 250, bootId), at),
    ]
    const out = emitted(onClock(timelines()), [...boot(7, epoch), ...boot(8, epoch + 60e6)])
    expect(ofKind(out, 'samples').map(({ sampledAt }) => sampledAt - epoch)).toEqual([-7e6, 53e6])
    expect(ofKind(out, 'restart')).toHaveLength(1)
  })

  it('without the device’s time sets the clock back when it shows that the first samples had waited', () => {
    const out = emitted(onClock(timelines()), [
      said(ecg(0, 250), epoch + 3600e6),
      said(ecg(1, 250), epoch + 3600e6),
      said(ecg(2, 250), epoch + 3e6),
    ])
    expect(ofKind(out, 'clock-step')).toHaveLength(1)
    expect(ofKind(out, 'samples').at(-1)?.sampledAt).toBe(epoch + 2e6)
  })

  it('refuses a time of day that is far from its arrival, and a tick that cannot follow, unless the device insists', () => {
    const far = ecg(1e8, 250)
    const states = timelines()
    const out = emitted(onClock(states), [
      said(ecg(0, 250)),
      said(time(0, epoch + 1e15)),
      said(far),
      said(ecg(1, 250)),
      said(far),
      said(far),
      said(far),
      said(far),
    ])
    expect(ofKind(out, 'refused').map(({ reason }) => reason)).toEqual([
      'implausible-time',
      ...Array.from({ length: 5 }, () => 'implausible-tick'),
    ])
    expect(ofKind(out, 'samples').map(({ tick }) => tick)).toEqual([0, 1e6])
    emitted(onClock(states), [said(far)])
    expect(states.peek('d-1')?.endTick).toBeGreaterThan(1e14 - 1)
  })

  it('knows that what a device kept while it was out of reach is past, until it has caught up', () => {
    const states = timelines()
    const stage = onClock(states)
    // A second of ECG each second; from 100 to 400 s the link is down and everything comes when it is back.
    const past = Array.from({ length: 500 }, (_, s) => {
      emitted(stage, [said(ecg(s, 250), epoch + Math.max(s + 1, s >= 100 && s < 400 ? 400 : 0) * 1e6)])
      return isPast(states, 'd-1')
    })
    expect(past.map((is, s) => (is ? s : -1)).filter((s) => s >= 0)).toEqual(
      Array.from({ length: 239 }, (_, i) => 100 + i),
    )
  })

  it('takes nothing for past because the gateway’s clock was set', () => {
    const states = timelines()
    const stage = onClock(states)
    const at = (s: number, ahead: number): Flow[] => [
      { kind: 'tick', now: epoch + (s + ahead) * 1e6, steadyMicros: s * 1e6 },
      said(ecg(s, 250), epoch + (s + 1 + ahead) * 1e6),
    ]
    for (let s = 0; s < 200; s++) {
      emitted(stage, at(s, s < 100 ? 0 : 86_400))
      expect(isPast(states, 'd-1')).toBe(false)
    }
  })

  it('leaves out values that were not measured', () => {
    const out = emitted(onClock(timelines()), [said(heartRates(0, 0, [60, NaN, 62]))])
    expect(ofKind(out, 'vital').map(({ tick, value }) => [tick, value])).toEqual([
      [0, 60],
      [2_000_000, 62],
    ])
  })
})
