import { KeyedState, plainState } from '../state/keyedState.ts'
import { encodeFrame } from '../../firmware-bridge/frame.ts'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { Delivered, Stage } from '../flow.ts'
import { inStreamTime, noMarks, placeOf, type Boot, type Marks } from './boots.ts'
import { clockSet } from './clockSet.ts'
import { goOnWithout, numbered, type Numbering } from './numbering.ts'

export interface DeviceCounts {
  source: string
  boots: Boot[]
  records: number
  lostFrames: number
  duplicates: number
  late: number
  /** Integer µs since the epoch. */
  lastHeardAt: number
  batteryPercent?: number
}

/** Devices that nobody has assigned and that are followed all the same, so that they can be listed; more are refused. */
const unassignedDevices = 1000
export const deviceCounts = (): KeyedState<DeviceCounts> =>
  new KeyedState(
    plainState<DeviceCounts>('device', 2, () => ({
      source: '',
      boots: [],
      records: 0,
      lostFrames: 0,
      duplicates: 0,
      late: 0,
      lastHeardAt: 0,
    })),
  )

/** What some frames of each device said; apart from the counts, as it seldom changes. */
export const frameMarks = (): KeyedState<Marks> => new KeyedState(plainState<Marks>('frame-marks', 1, noMarks))

/**
 * Takes arrivals apart: faults are refused under their reason, frames that were seen before are dropped by (device, boot
 * id, sequence), frames that come after later ones are counted as late, and jumps as losses. Where a device's counters wrap or
 * begin anew without another boot id its stream time goes on, or begins anew (`boots.ts`). The arrival's end
 * follows as `delivered`. What comes without a number is given one first.
 */
export function inSequence(
  devices: KeyedState<DeviceCounts>,
  numbers: KeyedState<Numbering>,
  isAssigned: (device: string) => boolean,
  marks: KeyedState<Marks> = frameMarks(),
): Stage {
  const setBy = clockSet()
  return (item, emit) => {
    if (item.kind === 'tick') {
      const by = setBy(item)
      if (by !== 0) goOnWithout(numbers, by)
    }
    if (item.kind !== 'arrival') return emit(item)
    const { source, device, receivedAt } = item
    if (devices.peek(device) === undefined && devices.size >= unassignedDevices && !isAssigned(device)) {
      const detail = `expected at most ${unassignedDevices} devices that nobody wears`
      emit({ kind: 'refused', source, device, reason: 'too-many-devices', detail })
      if (item.acknowledge !== undefined) emit(delivered(item.acknowledge, item.ahead))
      return
    }
    for (const record of numbered(numbers, device, item)) {
      if (record === undefined) {
        devices.of(device).duplicates += 1
        continue
      }
      if (record.kind === 'fault') {
        emit({ kind: 'refused', source, device, reason: record.reason, detail: record.detail, bytes: record.bytes })
        continue
      }
      if (record.kind === 'hello' && record.deviceId !== device)
        emit({
          kind: 'refused',
          source,
          device,
          reason: 'other-device',
          detail: `hello: expected device ${device}, received ${record.deviceId}`,
        })
      const counts = devices.of(device)
      counts.source = source
      counts.lastHeardAt = receivedAt
      const { place, boot, lost } = placeOf(counts.boots, record, {
        peek: () => marks.peek(device),
        of: () => marks.of(device),
      })
      counts.lostFrames += lost
      if (place === 'duplicate') counts.duplicates += 1
      if (place === 'late') counts.late += 1
      if (place === 'back')
        emit({
          kind: 'refused',
          source,
          device,
          reason: 'implausible-tick',
          detail: `tick: expected at most 60 s before ${boot.newestTick}, received ${record.tick}`,
        })
      if (place === 'late') {
        const heard = inStreamTime(record, boot)
        if (heard.kind === 'samples')
          emit({ source, device, wearer: '', sampledAt: 0, liveTick: 0, ...heard, kind: 'late' })
        emit({
          kind: 'refused',
          source,
          device,
          reason: 'late',
          detail: `sequence ${record.sequence} came after later ones`,
          ...frameOf(record),
        })
      }
      if (place !== 'next') continue
      counts.records += 1
      if (record.kind === 'event' && record.code === 'battery' && record.value !== undefined)
        counts.batteryPercent = record.value
      emit({ kind: 'said', source, device, receivedAt, record: inStreamTime(record, boot) })
    }
    if (item.acknowledge !== undefined) emit(delivered(item.acknowledge, item.ahead))
  }
}

/** The record as a frame, to be kept for inspection; nothing where no frame can carry it. */
function frameOf(record: WireRecord): { bytes?: Uint8Array } {
  try {
    return { bytes: encodeFrame(record) }
  } catch (error) {
    if (error instanceof RangeError) return {}
    throw error
  }
}

function delivered(acknowledge: () => void, ahead: number | undefined): Delivered {
  return { kind: 'delivered', acknowledge, ...(ahead !== undefined && { ahead }) }
}
