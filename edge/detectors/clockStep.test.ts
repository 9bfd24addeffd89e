import { expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { emitted, epoch, ofKind, vital } from '../testing/run.ts'
import { clockStep } from './clockStep.ts'

const time = (seconds: number, aheadSeconds: number, bootId = 7): Flow => ({
  kind: 'said',
  source: 's',
  device: 'd-1',
  receivedAt: epoch,
  record: {
    kind: 'time',
    sequence: 0,
    bootId,
    tick: seconds * 1e6,
    epochMicros: epoch + (seconds + aheadSeconds) * 1e6,
    uncertaintyMicros: 0,
  },
})
const told = (...items: Flow[]) =>
  ofKind(emitted(clockStep().stage, items), 'finding').map(({ tick, abnormal, params }) => [
    tick / 1e6,
    abnormal,
    params?.['seconds'],
  ])

it('tells once that a device’s time of day has jumped against its ticks', () => {
  const steady = [time(0, 5), vital(1, 'heartRate', 60), time(60, 5.5)]
  expect(told(...steady, vital(61, 'heartRate', 60))).toEqual([])
  expect(
    told(...steady, time(120, 3605), vital(121, 'heartRate', 60), time(180, 3605), vital(181, 'heartRate', 60)),
  ).toEqual([
    [121, true, 3600],
    [121, false, undefined],
  ])
})

it('says nothing of a boot’s first time, nor of a step that was taken back', () => {
  expect(told(time(0, 0), time(0, 3600, 8), vital(1, 'heartRate', 60))).toEqual([])
  expect(told(time(0, 0), time(60, -3600), time(61, 0), vital(62, 'heartRate', 60))).toEqual([])
})
