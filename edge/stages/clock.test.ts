import { describe, expect, it } from 'vitest'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { Flow } from '../flow.ts'
import { emitted, epoch, heartRates, ofKind } from '../testing/run.ts'
import { onClock, timelines } from './clock.ts'

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

  it('leaves out values that were not measured', () => {
    const out = emitted(onClock(timelines()), [said(heartRates(0, 0, [60, NaN, 62]))])
    expect(ofKind(out, 'vital').map(({ tick, value }) => [tick, value])).toEqual([
      [0, 60],
      [2_000_000, 62],
    ])
  })
})
