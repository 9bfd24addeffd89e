import { seededRandom } from '../synthetic/random.ts'
import type { TimedRecord } from '../timedRecord.ts'
import { microsPerSecond } from '../timedRecord.ts'
import { bitFlips } from './bitFlips.ts'
import { bursts } from './bursts.ts'
import { clockDrift } from './clockDrift.ts'
import { clockStep } from './clockStep.ts'
import type { DeviceClock } from './deviceClock.ts'
import { disconnect } from './disconnect.ts'
import { duplicate } from './duplicate.ts'
import type { TransportFault } from './faults.ts'
import { orderOfFaults } from './faults.ts'
import { jitter } from './jitter.ts'
import { loss } from './loss.ts'
import { reboot } from './reboot.ts'
import { reorder } from './reorder.ts'
import type { ActiveSpan, FaultCounts, TimedFrame } from './timedFrame.ts'

/** A fault and what it has done so far. */
export interface FaultDone {
  fault: TransportFault
  counts: FaultCounts
}

export interface Transport {
  faults: readonly TransportFault[]
  clock: DeviceClock
  /** Makes the random choices; each fault draws from a stream of its own. */
  seed: number
  encode: (records: Iterable<TimedRecord>) => Iterable<TimedFrame>
}

/**
 * A device's records on their way: through the faults of its clock, the encoder, then the faults of the link, in
 * `orderOfFaults`. What each has done is counted in `done`, in the order in which they act. The same records, faults and
 * seed give the same frames.
 */
export function throughTransport(
  records: Iterable<TimedRecord>,
  { faults, clock, seed, encode }: Transport,
): { frames: Iterable<TimedFrame>; done: FaultDone[] } {
  const inOrder = orderOfFaults.flatMap((kind) => faults.filter((fault) => fault.kind === kind))
  const done = inOrder.map((fault): FaultDone => ({ fault, counts: {} }))
  let clocked = records
  const reboots = clock.boots.flatMap((boot) => {
    const counts = done.find(({ fault }) => fault === boot.fault)?.counts
    return counts ? [{ ...boot, counts }] : []
  })
  if (reboots.length > 0) clocked = reboot(clocked, reboots)
  for (const { fault, counts } of done)
    if (fault.kind === 'clock-step') clocked = throughClockStep(clocked, fault, clock, counts)
  if (clock.ppm !== 0) clocked = clockDrift(clocked, clock.ppm)
  let frames = encode(clocked)
  for (const [i, { fault, counts }] of done.entries()) frames = throughLinkFault(frames, fault, `${seed}/${i}`, counts)
  return { frames, done }
}

function throughClockStep(
  records: Iterable<TimedRecord>,
  { at, by, back, of }: Extract<TransportFault, { kind: 'clock-step' }>,
  clock: DeviceClock,
  counts: FaultCounts,
): Iterable<TimedRecord> {
  const atMicros = at * microsPerSecond
  const untilMicros = of === 'ticks' ? clock.nextBoot(atMicros) : Infinity
  const byMicros = Math.round((back ? -by : by) * microsPerSecond)
  return clockStep(records, { atMicros, untilMicros, byMicros, of }, counts)
}

function throughLinkFault(
  frames: Iterable<TimedFrame>,
  fault: TransportFault,
  label: string,
  counts: FaultCounts,
): Iterable<TimedFrame> {
  const random = seededRandom(0, `transport/${label}/${fault.kind}`)
  const span = spanOf(fault)
  switch (fault.kind) {
    case 'disconnect':
      return disconnect(frames, fault, span, counts)
    case 'bursts':
      return bursts(
        frames,
        { everyMicros: fault.every * microsPerSecond, holdMicros: fault.hold * microsPerSecond },
        span,
        counts,
      )
    case 'loss': {
      const { enter = 0, leave = 1, probability: probabilityInBurst = 0 } = fault.bursts ?? {}
      return loss(frames, { probability: fault.probability, enter, leave, probabilityInBurst }, span, random, counts)
    }
    case 'duplicate':
      return duplicate(frames, fault, span, random, counts)
    case 'reorder':
      return reorder(frames, fault, span, random, counts)
    case 'jitter':
      return jitter(frames, { upToMicros: fault.upTo * microsPerSecond }, span, random, counts)
    case 'bit-flips':
      return bitFlips(frames, fault, span, random, counts)
    default:
      return frames
  }
}

/** When a fault acts, µs since the device's start. */
export function spanOf(fault: TransportFault): ActiveSpan {
  if (fault.kind === 'clock-drift') return { from: 0, until: Infinity }
  const from = Math.round(fault.at * microsPerSecond)
  const length = 'for' in fault && fault.for !== undefined ? fault.for : Infinity
  return { from, until: from + Math.round(length * microsPerSecond) }
}
