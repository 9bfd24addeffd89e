import { crc32 } from 'node:zlib'
import { microsPerSecond } from '../timedRecord.ts'
import { trueMicros } from './clockDrift.ts'
import type { TransportFault } from './faults.ts'

type FaultOf<K extends TransportFault['kind']> = Extract<TransportFault, { kind: K }>

/** The boot that begins with a reboot. */
export interface Boot {
  fault: FaultOf<'reboot'>
  /** When the device stops, and when it is up again, µs since its first start. */
  atMicros: number
  upMicros: number
  bootId: number
}

/** What a device's faults make of its clock: ticks and boots for those who know the time since its first start. */
export interface DeviceClock {
  boots: Boot[]
  /** Sum of the drifts, parts per million. */
  ppm: number
  /** Stream time of a moment, µs since the first start; while the device is down: of its next start. */
  streamTime(micros: number): { bootId: number; tick: number }
  /** True time that has passed, µs. */
  trueMicros(micros: number): number
  /** When a step of the ticks ends: with the next restart. */
  nextBoot(micros: number): number
}

/** Throws a RangeError where reboots overlap. */
export function deviceClock(faults: readonly TransportFault[], bootId: number): DeviceClock {
  const boots = rebootsOf(faults, bootId)
  const steps = faults.filter((fault) => fault.kind === 'clock-step').filter(({ of }) => of === 'ticks')
  const ppm = faults.reduce((sum, fault) => (fault.kind === 'clock-drift' ? sum + fault.ppm : sum), 0)
  const nextBoot = (micros: number) => boots.find(({ atMicros }) => atMicros >= micros)?.atMicros ?? Infinity
  return {
    boots,
    ppm,
    nextBoot,
    trueMicros: (micros) => trueMicros(micros, ppm),
    streamTime(micros) {
      const boot = boots.findLast(({ atMicros }) => atMicros <= micros)
      const base = boot?.upMicros ?? 0
      const stepped = steps
        .filter(({ at }) => at * microsPerSecond <= micros && at * microsPerSecond >= base)
        .reduce((sum, { by, back }) => sum + (back ? -by : by) * microsPerSecond, 0)
      return { bootId: boot?.bootId ?? bootId, tick: Math.max(0, Math.round(Math.max(0, micros - base) + stepped)) }
    },
  }
}

function rebootsOf(faults: readonly TransportFault[], bootId: number): Boot[] {
  const reboots = faults.filter((fault) => fault.kind === 'reboot').sort((a, b) => a.at - b.at)
  const boots = reboots.map((fault, i) => ({
    fault,
    atMicros: Math.round(fault.at * microsPerSecond),
    upMicros: Math.round((fault.at + fault.for) * microsPerSecond),
    bootId: crc32(`boot ${i + 1} after ${bootId}`),
  }))
  for (const [i, { atMicros }] of boots.entries()) {
    const before = boots[i - 1]
    if (before && atMicros < before.upMicros)
      throw new RangeError(
        `reboot at ${atMicros / 1e6} s: expected after ${before.upMicros / 1e6} s, when the device is up`,
      )
  }
  return boots
}
