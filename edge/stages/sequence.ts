import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Stage } from '../flow.ts'

/** What was heard of one boot of a device. */
interface Boot {
  bootId: number
  /** The sequence number expected next. */
  next: number
  /** Ranges of sequence numbers (first, last) that were jumped over. */
  missing: [number, number][]
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
const rememberedGaps = 32

export const deviceCounts = (): KeyedState<DeviceCounts> =>
  new KeyedState(
    plainState<DeviceCounts>('device', 1, () => ({
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
 * follows as `delivered`.
 */
export function inSequence(devices: KeyedState<DeviceCounts>, isAssigned: (device: string) => boolean): Stage {
  return (item, emit) => {
    if (item.kind !== 'arrival') return emit(item)
    const { source, device, receivedAt } = item
    if (devices.peek(device) === undefined && devices.size >= unassignedDevices && !isAssigned(device)) {
      const detail = `expected at most ${unassignedDevices} devices that nobody wears`
      emit({ kind: 'refused', source, device, reason: 'too-many-devices', detail })
      if (item.acknowledge !== undefined) emit({ kind: 'delivered', acknowledge: item.acknowledge })
      return
    }
    for (const record of item.records) {
      if (record.kind === 'fault') {
        emit({ kind: 'refused', source, device, reason: record.reason, detail: record.detail, bytes: record.bytes })
        continue
      }
      const counts = devices.of(device)
      counts.source = source
      counts.lastHeardAt = receivedAt
      const place = placeInSequence(counts, record.bootId, record.sequence)
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

function placeInSequence(counts: DeviceCounts, bootId: number, sequence: number): 'next' | 'duplicate' | 'late' {
  const boot = counts.boots.find((known) => known.bootId === bootId)
  if (boot === undefined) {
    counts.boots.push({ bootId, next: (sequence + 1) >>> 0, missing: [] })
    if (counts.boots.length > rememberedBoots) counts.boots.shift()
    return 'next'
  }
  // Serial-number arithmetic: the difference of two wrapping 32-bit counters, as a signed number.
  const ahead = (sequence - boot.next) | 0
  if (ahead >= 0 && boot === counts.boots.at(-1)) {
    if (ahead > 0) {
      counts.lostFrames += ahead
      boot.missing.push([boot.next, (sequence - 1) >>> 0])
      if (boot.missing.length > rememberedGaps) boot.missing.shift()
    }
    boot.next = (sequence + 1) >>> 0
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
