import { KeyedState, plainState } from '../state/keyedState.ts'
import type { RecordHeader } from '../../firmware-bridge/records.ts'
import type { Stage } from '../flow.ts'
import { numbered, type Numbering } from './numbering.ts'

/** What was heard of one boot of a device. */
interface Boot {
  bootId: number
  /** The sequence number expected next. */
  next: number
  newestTick: number
  /** Ranges of sequence numbers (first, last) that were jumped over. */
  missing: [number, number][]
  /** Frames in a row with an old number and yet new stream time, and the last one's number: the counter is wrong, not the frame. */
  behind?: { count: number; last: number }
}

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
const rememberedBoots = 4
/** So many frames one after another behind the expected number: one frame had a wrong number, or the counter was reset. */
const framesToResume = 5
const rememberedGaps = 32

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

/**
 * Takes arrivals apart: faults are refused under their reason, frames that were seen before are dropped by (device, boot
 * id, sequence), frames that come after later ones are counted as late, and jumps as losses. The arrival's end
 * follows as `delivered`. What comes without a number is given one first.
 */
export function inSequence(
  devices: KeyedState<DeviceCounts>,
  numbers: KeyedState<Numbering>,
  isAssigned: (device: string) => boolean,
): Stage {
  return (item, emit) => {
    if (item.kind !== 'arrival') return emit(item)
    const { source, device, receivedAt } = item
    if (devices.peek(device) === undefined && devices.size >= unassignedDevices && !isAssigned(device)) {
      const detail = `expected at most ${unassignedDevices} devices that nobody wears`
      emit({ kind: 'refused', source, device, reason: 'too-many-devices', detail })
      if (item.acknowledge !== undefined) emit({ kind: 'delivered', acknowledge: item.acknowledge })
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
      const place = placeInSequence(counts, record)
      if (place === 'late')
        emit({
          kind: 'refused',
          source,
          device,
          reason: 'late',
          detail: `sequence ${record.sequence} came after later ones`,
        })
      if (place !== 'next') continue
      counts.records += 1
      if (record.kind === 'event' && record.code === 'battery' && record.value !== undefined)
        counts.batteryPercent = record.value
      emit({ kind: 'said', source, device, receivedAt, record })
    }
    if (item.acknowledge !== undefined) emit({ kind: 'delivered', acknowledge: item.acknowledge })
  }
}

function placeInSequence(
  counts: DeviceCounts,
  { bootId, sequence, tick }: RecordHeader,
): 'next' | 'duplicate' | 'late' {
  const boot = counts.boots.find((known) => known.bootId === bootId)
  if (boot === undefined) {
    counts.boots.push({ bootId, next: (sequence + 1) >>> 0, newestTick: tick, missing: [] })
    if (counts.boots.length > rememberedBoots) counts.boots.shift()
    return 'next'
  }
  // Serial-number arithmetic: the difference of two wrapping 32-bit counters, as a signed number.
  const ahead = (sequence - boot.next) | 0
  if (ahead >= 0 && boot === counts.boots.at(-1)) {
    delete boot.behind
    if (ahead > 0) {
      counts.lostFrames += ahead
      boot.missing.push([boot.next, (sequence - 1) >>> 0])
      if (boot.missing.length > rememberedGaps) boot.missing.shift()
    }
    boot.next = (sequence + 1) >>> 0
    boot.newestTick = Math.max(boot.newestTick, tick)
    return 'next'
  }
  if (boot === counts.boots.at(-1) && tick > boot.newestTick && isCounterWrong(boot, sequence)) {
    delete boot.behind
    Object.assign(boot, { next: (sequence + 1) >>> 0, newestTick: tick, missing: [] })
    return 'next'
  }
  const gap = boot.missing.findIndex(([first, last]) => sequence >= first && sequence <= last)
  if (ahead < 0 && gap < 0) {
    counts.duplicates += 1
    return 'duplicate'
  }
  counts.late += 1
  return 'late'
}

function isCounterWrong(boot: Boot, sequence: number): boolean {
  const count = boot.behind?.last === (sequence - 1) >>> 0 ? boot.behind.count + 1 : 1
  boot.behind = { count, last: sequence }
  return count >= framesToResume
}
