import { encodeFrame } from '../../firmware-bridge/frame.ts'
import { mergeDevices } from '../mergeDevices.ts'
import { microsPerSecond } from '../timedRecord.ts'
import type { Message } from '../wire/messages.ts'
import type { FleetDevice, FleetRun } from './fleetDevices.ts'
import { fleetDevices } from './fleetDevices.ts'
import type { PreparedFrame, PreparedStream } from './preparedFile.ts'
import { SharedFrame } from './retarget.ts'

/** Room for a hello or a time record, which are encoded anew. */
const remadeBytes = 256

/**
 * A fleet in which every device sends what a file holds, under its own identity: signals cost next to nothing to make, so one
 * core can feed a gateway with thousands of wearers. Devices take the file's streams in turn. When a stream ends it begins
 * anew, with ticks, sequence and time of day going on; after `seconds` each device ends its session.
 */
export function preparedFleet(streams: readonly PreparedStream[], run: FleetRun): Generator<Message, void, undefined> {
  const rounds = streams.map((stream) => new SharedRounds(stream))
  return mergeDevices(
    fleetDevices(run).map((device, i) => preparedDevice(rounds[i % rounds.length] as SharedRounds, device, run)),
  )
}

/** What all devices send alike at a moment: only boot id and CRC are each one's own. */
interface SharedMoment {
  round: number
  /** Since the device was switched on, µs. */
  atMicros: number
  frames: (SharedFrame | { remake: PreparedFrame; sequence: number; tick: number })[]
  /** The highest sequence number in it. */
  last: number
  samples: number
  maxBytes: number
}

/** A stream over and over again. The devices go through it less than a second apart, so the last moments are kept. */
class SharedRounds {
  readonly #stream: PreparedStream
  /** By place in the stream. */
  readonly #moments: (SharedMoment | undefined)[] = []

  constructor(stream: PreparedStream) {
    this.#stream = stream
  }

  moment(index: number): SharedMoment {
    const { moments } = this.#stream
    const place = index % moments.length
    const round = (index - place) / moments.length
    const known = this.#moments[place]
    if (known?.round === round) return known
    const made = this.#make(place, round)
    // A little behind the slowest device: nobody asks for these again.
    this.#moments[(place + moments.length - (moments.length >> 1)) % moments.length] = undefined
    return (this.#moments[place] = made)
  }

  #make(place: number, round: number): SharedMoment {
    const { moments, firstSequence, sequences, lengthMicros } = this.#stream
    const { atMicros, frames, samples } = moments[place] as PreparedStream['moments'][number]
    const begin = round * lengthMicros
    let last = -1
    let maxBytes = 0
    const shared = frames.map((frame) => {
      const sequence = (frame.record.sequence - firstSequence + round * sequences) >>> 0
      const tick = begin + frame.record.tick
      last = Math.max(last, sequence)
      const isOwn = frame.record.kind === 'hello' || frame.record.kind === 'time'
      const made = isOwn ? { remake: frame, sequence, tick } : new SharedFrame(frame.content, { sequence, tick })
      maxBytes += 'remake' in made ? remadeBytes : made.maxBytes
      return made
    })
    return { round, atMicros: begin + atMicros, frames: shared, last, samples, maxBytes }
  }
}

function* preparedDevice(
  rounds: SharedRounds,
  { device, bootId, phaseMicros }: FleetDevice,
  { startEpochMicros, seconds = Infinity }: FleetRun,
): Generator<Message, void, undefined> {
  const end = seconds * microsPerSecond
  let last = -1
  for (let index = 0; ; index++) {
    const moment = rounds.moment(index)
    // What begins with the end is not sent any more.
    if (moment.atMicros > end || (moment.atMicros === end && moment.samples === 0)) break
    // A message of its own: the wire may keep it for as long as it is not acknowledged.
    const bytes = Buffer.allocUnsafe(moment.maxBytes)
    let filled = 0
    for (const frame of moment.frames) {
      if (!('remake' in frame)) {
        filled = frame.write(bootId, bytes, filled)
        continue
      }
      const { sequence, tick, remake } = frame
      const own = { deviceId: device, epochMicros: startEpochMicros + phaseMicros + tick }
      const remade = encodeFrame({ ...remake.record, ...own, bootId, sequence, tick })
      bytes.set(remade, filled)
      filled += remade.length
    }
    last = moment.last
    const { atMicros, frames, samples } = moment
    yield {
      device,
      atMicros: atMicros + phaseMicros,
      bytes: bytes.subarray(0, filled),
      records: frames.length,
      samples,
    }
  }
  const header = { sequence: (last + 1) >>> 0, bootId, tick: end }
  const bytes = encodeFrame({ kind: 'event', code: 'session-end', ...header })
  yield { device, atMicros: end + phaseMicros, bytes, records: 1, samples: 0 }
}
