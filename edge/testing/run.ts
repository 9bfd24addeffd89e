import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { Finding, Flow, Samples, Stage, Stamp, Vital } from '../flow.ts'

/** What a stage emits for these items, in order. */
export function emitted(stage: Stage, items: readonly Flow[]): Flow[] {
  const out: Flow[] = []
  for (const item of items) stage(item, (emitted) => out.push(emitted))
  return out
}

export function ofKind<K extends Flow['kind']>(items: readonly Flow[], kind: K): Extract<Flow, { kind: K }>[] {
  return items.filter((item): item is Extract<Flow, { kind: K }> => item.kind === kind)
}

/** Gateway time at tick 0 in these tests: 2026-01-01T00:00:00Z, µs. */
export const epoch = Date.UTC(2026, 0, 1) * 1000

export function stamp(seconds: number, of: Partial<Stamp> = {}): Stamp {
  const tick = Math.round(seconds * 1e6)
  return { source: 's', device: 'd-1', wearer: 'w-1', bootId: 7, tick, sampledAt: epoch + tick, ...of }
}

export function finding(seconds: number, abnormal: boolean, of: Partial<Finding> = {}): Finding {
  return { kind: 'finding', ...stamp(seconds), code: 'spo2-low', abnormal, timing: 'stream', ...of }
}

export function arrival(...records: WireRecord[]): Flow {
  return { kind: 'arrival', source: 's', device: 'd-1', receivedAt: epoch, records }
}

export function heartRates(sequence: number, seconds: number, values: number[], bootId = 7): WireRecord {
  return {
    kind: 'samples',
    sequence,
    bootId,
    tick: seconds * 1e6,
    signal: 'heartRate',
    rateHz: 1,
    values: Float32Array.from(values),
  }
}

export const vital = (seconds: number, signal: Vital['signal'], value: number): Vital => ({
  kind: 'vital',
  ...stamp(seconds),
  signal,
  value,
  from: 'device',
})
export const samples = (seconds: number, signal: Samples['signal'], values: ArrayLike<number>, rateHz = 50): Flow => ({
  kind: 'samples',
  ...stamp(seconds),
  signal,
  rateHz,
  values: Float32Array.from(values),
})
export const event = (seconds: number, code: Extract<Flow, { kind: 'device-event' }>['code']): Flow => ({
  kind: 'device-event',
  ...stamp(seconds),
  code,
})
export const flat = (seconds: number): Flow => samples(seconds, 'ecg', new Float32Array(250), 250)
export const looks = (items: readonly Flow[], code: string) =>
  ofKind(items, 'finding')
    .filter((f) => f.code === code)
    .map(({ abnormal }) => abnormal)
