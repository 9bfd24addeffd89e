import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { Arrival, Stage } from '../flow.ts'
import { KeyedState } from '../state/keyedState.ts'
import { clockSet } from './clockSet.ts'
import type { DeviceCounts } from './sequence.ts'

/** A frame that came before one with a lower number. */
export interface Held {
  source: string
  receivedAt: number
  record: WireRecord
}

/** So long, in stream time, later frames wait for one that is missing; then it is lost, and late should it come, µs. */
export const latenessMicros = 3_000_000
/** The same by the wall clock, where nothing comes that would show that stream time went on, µs. */
const patienceMicros = 5_000_000
/** Frames of a device that wait at the most; then the oldest go on. */
export const mostHeld = 256
/** A number further ahead is no reordering: a long loss, or a counter that is wrong. */
const furthestAhead = 1024

/** Frames that wait, by device, in order of their numbers. */
export const heldFrames = (): KeyedState<Held[]> =>
  new KeyedState<Held[]>({
    part: 'held-frames',
    version: 1,
    create: () => [],
    snapshot: (held) =>
      held.map(({ record, ...rest }) => ({
        ...rest,
        // Text, as JSON knows neither NaN nor −0.
        record: record.kind === 'samples' ? { ...record, values: textOf(record.values) } : record,
      })),
    restore: (saved) =>
      (saved as Held[]).map(({ record, ...rest }) => ({
        ...rest,
        record:
          record.kind === 'samples' ? { ...record, values: valuesOf(record.values as unknown as string) } : record,
      })),
  })

/**
 * Puts frames of a boot that overtook each other back in order: what comes early waits until the missing ones are there,
 * stream time has gone on by `latenessMicros`, or the gateway has waited long enough. What comes in order passes at once.
 */
export function inOrder(held: KeyedState<Held[]>, devices: KeyedState<DeviceCounts>): Stage {
  const setBy = clockSet()
  return (item, emit) => {
    const pass = (device: string, { record, ...rest }: Held): void =>
      emit({ kind: 'arrival', device, ...rest, records: [record] })
    const release = (device: string, isDue: (first: Held, waiting: Held[]) => boolean): void => {
      for (let first = held.peek(device)?.[0]; first !== undefined; first = held.peek(device)?.[0]) {
        const waiting = held.of(device)
        if (ahead(devices, device, first.record) > 0 && !isDue(first, waiting)) return
        waiting.shift()
        pass(device, first)
      }
    }
    if (item.kind === 'tick') {
      const by = setBy(item)
      if (by !== 0)
        for (const [device, waiting] of held.entries())
          if (waiting.length > 0) for (const one of held.of(device)) one.receivedAt += by
      for (const [device, waiting] of held.entries())
        if (waiting.length > 0) release(device, ({ receivedAt }) => item.now - receivedAt >= patienceMicros)
    }
    if (item.kind !== 'arrival' || isInOrder(item)) return emit(item)

    const { device, source, receivedAt } = item
    for (const record of item.records) {
      if (record.kind === 'fault' || !('bootId' in record)) {
        emit({ ...withoutAcknowledge(item), records: [record] })
        continue
      }
      const waiting = held.peek(device) ?? []
      if (waiting[0] !== undefined && waiting[0].record.bootId !== record.bootId) release(device, () => true)
      const by = ahead(devices, device, record)
      const isKnown = waiting.some(({ record: other }) => other.sequence === record.sequence)
      if (by <= 0 || by > furthestAhead) {
        emit({ ...withoutAcknowledge(item), records: [record] })
      } else if (isKnown) devices.of(device).duplicates += 1
      else insert(held.of(device), { source, receivedAt, record }, by)
      release(device, isOverdue)
    }
    emit({ ...item, records: [] })

    function insert(into: Held[], one: Held, by: number): void {
      const at = into.findIndex(({ record }) => ahead(devices, device, record) > by)
      into.splice(at < 0 ? into.length : at, 0, one)
    }
  }

  /** The usual case: nothing waits and nothing is missing. */
  function isInOrder({ device, records }: Arrival): boolean {
    if ((held.peek(device)?.length ?? 0) > 0) return false
    const boot = devices.peek(device)?.boots.at(-1)
    let next = boot?.next
    let bootId = boot?.bootId
    for (const record of records) {
      if (record.kind === 'fault' || !('bootId' in record)) continue
      const by = next === undefined || record.bootId !== bootId ? 0 : (record.sequence - next) | 0
      if (by > 0 && by <= furthestAhead) return false
      if (by < 0) continue
      next = (record.sequence + 1) >>> 0
      bootId = record.bootId
    }
    return true
  }
}

function isOverdue({ record }: Held, waiting: readonly Held[]): boolean {
  if (waiting.length > mostHeld) return true
  const newest = waiting.reduce((latest, other) => Math.max(latest, other.record.tick), record.tick)
  return newest - record.tick > latenessMicros
}

/** How far a frame is ahead of the one that should come next; 0 where nothing is known of its boot. Wraps with 32 bits. */
function ahead(devices: KeyedState<DeviceCounts>, device: string, { bootId, sequence }: WireRecord): number {
  const boot = devices.peek(device)?.boots.at(-1)
  return boot === undefined || boot.bootId !== bootId ? 0 : (sequence - boot.next) | 0
}

/** The records of an arrival go on one by one; its end is told once, after them. */
function withoutAcknowledge(item: Arrival): Arrival {
  const { acknowledge, ...rest } = item
  void acknowledge
  return rest
}

const textOf = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')

function valuesOf(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer)
}
